import type { ReportedMonth } from '../store.ts'
import type { Connection } from './connection.ts'
import { type RowPage, rowPage } from './pages.ts'

/** What was reported of months that are closed. */
export function reported(connection: Connection) {
  const page = connection.many<Omit<ReportedMonth, 'kind'>>(
    'select month, at, body from reported where kind = ? and month > ? order by month limit ?',
  )
  const keep = connection.run('insert or ignore into reported (kind, month, at, body) values (?, ?, ?, ?)')
  const forget = connection.run('delete from reported where month > ?')

  return {
    reportedPage(kind: string, after: number, limit: number): RowPage<ReportedMonth, number> {
      const rows = page(kind, after, limit).map((row) => ({ kind, ...row }))
      return rowPage(rows, limit, ({ month }) => month)
    },
    keepReported(months: readonly ReportedMonth[]): void {
      connection.write(() => {
        for (const { kind, month, at, body } of months) keep(kind, month, at, body)
      })
    },
    forgetReported: (after: number): number => connection.write(() => Number(forget(after))),
  }
}
