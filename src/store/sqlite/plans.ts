import type { NewPlanChange, PlanChange, StoredPlan } from '../store.ts'
import type { Connection } from './connection.ts'
import { misuse } from './faults.ts'
import { type RowPage, rowPage } from './pages.ts'

/** Finished plans of a board that are kept, so that one reviewed a while ago can still be applied by its digest. */
const PLANS_KEPT = 10

export type SendingOrder = readonly [later: number, rank: number, seq: number]

export function plans(connection: Connection) {
  const columns = 'id, board, digest, at, summary, changes'
  const dropUnfinished = connection.run('delete from plan where board = ? and digest is null')
  const add = connection.run('insert into plan (id, board, at) values (?, ?, ?)')
  const unfinished = connection.one<{ num: number; board: string }>(
    'select num, board from plan where id = ? and digest is null',
  )
  const addChange = connection.run(
    'insert into plan_change (plan, seq, key, body, later, rank) values (?, ?, ?, ?, ?, ?)',
  )
  const countChanges = connection.run('update plan set changes = changes + ? where num = ?')
  const finish = connection.run('update plan set digest = ?, summary = ? where num = ?')
  const dropOld = connection.run(
    `delete from plan where board = ?1 and digest is not null and num not in
       (select num from plan where board = ?1 and digest is not null order by num desc limit ${PLANS_KEPT})`,
  )
  const byDigest = connection.one<StoredPlan>(
    `select ${columns} from plan where substr(digest, 1, length(?1)) = ?1
       order by digest = ?1 desc, num desc limit 1`,
  )
  const latest = connection.one<StoredPlan>(
    `select ${columns} from plan where board = ? and digest is not null order by num desc limit 1`,
  )
  const changePage = connection.many<PlanChange>(
    `select seq, plan_change.key, body from plan cross join plan_change on plan_change.plan = plan.num
       where plan.id = ? and seq > ? order by seq limit ?`,
  )

  const sendingPage = connection.many<PlanChange & { later: number; rank: number }>(
    `select seq, plan_change.key, body, later, rank from plan cross join plan_change on plan_change.plan = plan.num
       where plan.id = ? and (later, rank, seq) > (?, ?, ?) order by later, rank, seq limit ?`,
  )

  function open(id: string): { num: number; board: string } {
    const plan = unfinished(id)
    if (plan === undefined) {
      throw misuse(
        'plan-not-open',
        `Plan ${id} is not open: it is finished, or a later plan took its place`,
        'Plan again',
      )
    }
    return plan
  }

  return {
    beginPlan(plan: { readonly id: string; readonly board: string; readonly at: number }): void {
      connection.write(() => {
        dropUnfinished(plan.board)
        add(plan.id, plan.board, plan.at)
      })
    },

    appendPlan(id: string, changes: readonly NewPlanChange[]): void {
      connection.write(() => {
        const { num } = open(id)
        for (const { seq, key, body, urgency = 0, rank = 0 } of changes) addChange(num, seq, key, body, -urgency, rank)
        countChanges(changes.length, num)
      })
    },

    finishPlan(id: string, digest: string, summary: string): void {
      connection.write(() => {
        const { num, board } = open(id)
        finish(digest, summary, num)
        dropOld(board)
      })
    },

    planByDigest: (digest: string): StoredPlan | null => byDigest(digest) ?? null,
    latestPlan: (board: string): StoredPlan | null => latest(board) ?? null,

    changePage: (id: string, after: number, limit: number): RowPage<PlanChange, number> =>
      rowPage(changePage(id, after, limit), limit, (row) => row.seq),

    sendingPage(id: string, after: SendingOrder, limit: number): RowPage<PlanChange, SendingOrder> {
      const found = sendingPage(id, ...after, limit)
      const { next } = rowPage(found, limit, ({ later, rank, seq }): SendingOrder => [later, rank, seq])
      return { rows: found.map(({ later: _, rank: __, ...row }) => row), next }
    },
  }
}
