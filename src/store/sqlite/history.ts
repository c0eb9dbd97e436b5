import type { StoredRun } from '../store.ts'
import type { Connection } from './connection.ts'

interface RunRow {
  readonly id: string
  readonly kind: string
  readonly state: StoredRun['state']
  readonly started_at: number
  readonly ended_at: number | null
  readonly result: string
}

function toRun(row: RunRow): StoredRun {
  const { started_at, ended_at, ...rest } = row
  return { ...rest, startedAt: started_at, endedAt: ended_at }
}

/** Leases, runs, and small values that outlive a run. */
export function history(connection: Connection) {
  const takeLease = connection.run(
    `insert into lease (name, holder, until) values (?1, ?2, ?3)
       on conflict do update set holder = excluded.holder, until = excluded.until
       where holder = excluded.holder or until <= ?4`,
  )
  const prolongLease = connection.run('update lease set until = ? where name = ? and holder = ?')
  const releaseLease = connection.run('delete from lease where name = ? and holder = ?')
  const leases = connection.many<{ name: string; holder: string; until: number }>(
    'select name, holder, until from lease where until > ? order by name',
  )
  const saveRun = connection.run(
    'insert or replace into run (id, kind, state, started_at, ended_at, result) values (?, ?, ?, ?, ?, ?)',
  )
  const runs = connection.many<RunRow>('select * from run order by started_at desc, id desc limit ?')
  const runOf = connection.one<RunRow>('select * from run where id = ?')
  const note = connection.one<{ value: string }>('select value from note where name = ?')
  const setNote = connection.run('insert or replace into note (name, value) values (?, ?)')
  const removeNote = connection.run('delete from note where name = ?')

  return {
    takeLease: (name: string, holder: string, ttlMs: number, now: number): boolean =>
      connection.write(() => takeLease(name, holder, now + ttlMs, now) > 0),
    prolongLease: (name: string, holder: string, ttlMs: number, now: number): boolean =>
      connection.write(() => prolongLease(now + ttlMs, name, holder) > 0),
    releaseLease(name: string, holder: string): void {
      connection.write(() => releaseLease(name, holder))
    },
    leases: (now: number) => leases(now),
    saveRun(run: StoredRun): void {
      connection.write(() => saveRun(run.id, run.kind, run.state, run.startedAt, run.endedAt, run.result))
    },
    runs: (limit: number): readonly StoredRun[] => runs(limit).map(toRun),
    run(id: string): StoredRun | null {
      const row = runOf(id)
      return row === undefined ? null : toRun(row)
    },
    note: (name: string): string | null => note(name)?.value ?? null,
    setNote(name: string, value: string | null): void {
      connection.write(() => (value === null ? removeNote(name) : setNote(name, value)))
    },
  }
}
