import type { ChildProcess } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/platform/clock.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { runCli, runHere } from '../journey/run-cli.ts'
import { native, type Server, startServer } from '../source/postgres/server.ts'
import { isThorough } from '../thorough.ts'
import { readCsv } from './read-csv.ts'

const DATA = '../shared/data'
const isThere = native !== null && existsSync(`${DATA}/ravenstack`) && existsSync(`${DATA}/canny-posts`)

describe.skipIf(!isThere)(
  'ravenstack and canny-posts: usage by SQL, tickets and requests under the CRM’s accounts',
  () => {
    let server: Server
    let folder = ''
    const env: Record<string, string> = {}
    beforeAll(async () => {
      server = await startServer()
      folder = await mkdtemp(path.join(tmpdir(), 'boardsync-ravenstack-'))
      Object.assign(env, {
        DATABASE_URL: `sqlite:${path.join(folder, 'store.db')}`,
        BOARDSYNC_MAPPINGS: 'test/mappings/ravenstack',
        USAGE_DATABASE_URL: server.url,
      })
      await load('account', 'ravenstack_accounts')
      await load('subscription', 'ravenstack_subscriptions')
      await load('ticket', 'ravenstack_support_tickets')
      await load('raw_usage', 'ravenstack_feature_usage')
      // The product's own ids, beside those of the CRM; one workspace that the CRM does not know.
      await server.query(`create table workspace as
      select 'w-' || row_number() over (order by account_id) as id, account_id as crm_id, account_name as name from account`)
      await server.query(`insert into workspace values ('w-lost', 'A-unknown', 'Nobody')`)
      await server.query(`create table usage as
      select u.usage_id, w.id as workspace_id, u.feature_name, u.usage_date::date as used_on, u.usage_count::int
      from raw_usage u join subscription s using (subscription_id) join workspace w on w.crm_id = s.account_id`)
      await server.query(
        `insert into usage values ('x', null, 'feature_1', '2024-06-03', 5), ('y', 'w-lost', 'feature_1', '2024-06-03', 7)`,
      )
    }, 120_000)
    afterAll(async () => {
      await server.stop()
      await rm(folder, { recursive: true })
    })

    async function load(table: string, file: string): Promise<void> {
      const rows = readCsv(`${DATA}/ravenstack/${file}.csv`)
      const columns = Object.keys(rows[0] ?? {})
      await server.query(`create table ${table} (${columns.map((name) => `${name} text`).join(', ')})`)
      await server.query(`insert into ${table} select ${columns} from json_populate_recordset(null::${table}, $1)`, [
        JSON.stringify(rows),
      ])
    }
    const number = async (sql: string) => Number(Object.values((await server.query(sql))[0] ?? {})[0])

    async function pull() {
      const { code, stdout, stderr } = await runHere(['pull', '--json'], env)
      expect(stderr, stdout).not.toContain('Error')
      const report = JSON.parse(stdout) as {
        sources: Record<string, number | string>[]
        problems: { code: string; message: string }[]
      }
      expect([code, report.problems]).toEqual([0, []])
      for (const { read, stored, unchanged, rejected, deleted } of report.sources)
        expect(read).toBe(Number(stored) + Number(unchanged) + Number(rejected) + Number(deleted))
      return report
    }

    test('every record is read, and what is counted is what SQL finds in the raw files', async () => {
      const { sources } = await pull()
      const points = await number(
        `select count(*) from (select distinct workspace_id, feature_name, date_trunc('week', used_on) from usage) as p`,
      )
      expect(Object.fromEntries(sources.map((one) => [one.object, one.stored]))).toEqual({
        'features.csv': 3,
        'ravenstack_accounts.csv': 500,
        'ravenstack_subscriptions.csv': 5_000,
        'ravenstack_support_tickets.csv': 2_000,
        'posts.csv': readCsv(`${DATA}/canny-posts/posts.csv`).length,
        workspace: 501,
        usage: points,
      })
      await using store = await openSqliteStore({ path: path.join(folder, 'store.db'), clock: systemClock })
      // 500 workspaces, and the id of the one account that only the product names.
      expect(await store.linkCounts()).toEqual({ linked: 501, open: 0 })
      const events = { withAccount: 0, alone: 0 }
      let open = 0
      for await (const page of store.dossiers('all')) {
        for (const { id, records } of page) {
          const hasCrm = records.some((one) => one.kind === 'account' && one.id.startsWith('A-'))
          if (hasCrm) expect(records.filter(({ kind }) => kind === 'account')).toHaveLength(2)
          for (const { kind, body } of records) {
            const record = JSON.parse(body)
            if (kind === 'usage_week') events[hasCrm ? 'withAccount' : 'alone'] += record.events
            if (kind === 'ticket' && record.solvedAt === undefined) open += 1
            if (kind === 'ticket') expect(id).toBe(`account:${record.accountId}`)
          }
        }
      }
      expect(events).toEqual({ withAccount: await number('select sum(usage_count::int) from raw_usage'), alone: 12 })
      // A point without an account, and one of a workspace whose account only the product knows.
      const status = JSON.parse((await runHere(['status', '--json'], env)).stdout)
      expect(status.usage).toMatchObject({ points, pointsWithoutAccount: 1, eventsWithoutAccount: 5 })
      expect(open).toBe(await number(`select count(*) from ticket where closed_at = ''`))
    }, 120_000)

    test.runIf(isThorough)(
      'killed at whatever point, a pull that is run again leaves the store as one that was never killed',
      async () => {
        const killed = path.join(folder, 'killed.db')
        const again = { ...env, DATABASE_URL: `sqlite:${killed}` }
        let kills = 0
        for (const bytes of [1, 200_000, 1_500_000, 3_000_000, 5_000_000]) {
          const { code } = await runCli(['pull', '--json'], again, (child) => void killAt(child, killed, bytes))
          if (code === null) kills += 1
        }
        expect(kills).toBeGreaterThan(2)
        // Whoever was killed holds its leases a little longer.
        const store = await openSqliteStore({ path: killed, clock: systemClock })
        for (const { name, holder } of await store.leases()) await store.releaseLease(name, holder)
        await store[Symbol.asyncDispose]()
        expect(JSON.parse((await runHere(['pull', '--json'], again)).stdout).problems).toEqual([])
        expect(await contentOf(killed)).toEqual(await contentOf(path.join(folder, 'store.db')))
      },
      180_000,
    )

    test('a second pull reads nothing again but recent weeks, and changes nothing', async () => {
      const { sources } = await pull()
      expect(sources.map(({ stored, deleted }) => Number(stored) + Number(deleted))).toEqual(sources.map(() => 0))
    }, 60_000)

    test('explain on an account shows CRM, usage and tickets as one, and why', async () => {
      const [row] = await server.query(`select w.id, crm_id, count(distinct ticket_id)::int as tickets
      from workspace w join ticket t on t.account_id = crm_id group by 1, 2 order by 3 desc, 1 limit 1`)
      const { stdout } = await runHere(['explain', 'accounts', String(row?.crm_id), '--json'], env)
      const { together } = JSON.parse(stdout)
      expect(together.also).toEqual([{ source: 'usage', id: row?.id, by: `id:crm:${row?.crm_id}` }])
      expect(together.holds).toContainEqual({ kind: 'ticket', source: 'crm', count: row?.tickets })
      expect(together.holds.map((one: { kind: string }) => one.kind)).toContain('usage_week')
      const { stdout: words } = await runHere(['explain', 'accounts', String(row?.crm_id)], env)
      expect(words).toContain(`is also account ${row?.id} of usage, by id:crm:${row?.crm_id}`)
    }, 60_000)

    test('an account that the product moves to another one takes its usage along', async () => {
      const [first] = await server.query(`select id, crm_id from workspace order by id limit 1`)
      const [other] = await server.query(
        `select crm_id from workspace where crm_id <> $1 order by id desc offset 1 limit 1`,
        [first?.crm_id],
      )
      await server.query('update workspace set crm_id = $1 where id = $2', [other?.crm_id, first?.id])
      await pull()
      const { stdout } = await runHere(['identity', String(first?.id), '--json'], env)
      expect(JSON.parse(stdout)).toMatchObject({ link: { is: 'same', as: other?.crm_id } })
      await using store = await openSqliteStore({ path: path.join(folder, 'store.db'), clock: systemClock })
      expect(await store.record('account', String(first?.id))).toMatchObject({ dossier: `account:${other?.crm_id}` })
    }, 60_000)
  },
)

/** Kills a process as soon as its store has grown to a size: a state, and no time. */
async function killAt(child: ChildProcess, file: string, bytes: number): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const size = [file, `${file}-wal`].reduce((sum, one) => sum + (existsSync(one) ? statSync(one).size : 0), 0)
    if (size >= bytes) child.kill('SIGKILL')
    await setImmediate()
  }
}

/** Every record with its dossier. */
async function contentOf(file: string): Promise<Record<string, string[]>> {
  await using store = await openSqliteStore({ path: file, clock: systemClock })
  const content: Record<string, string[]> = {}
  for await (const page of store.dossiers('all'))
    for (const { id, records } of page) content[id] = records.map((one) => `${one.kind} ${one.id} ${one.body}`)
  return content
}
