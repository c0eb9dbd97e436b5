import type { Day } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { SupportModel } from '../support/support-model.ts'

/** What totals count of a partner's projects with one account. Short: it is stored as it stands. */
export type CountedPartner = readonly [
  partnerId: string,
  partner: string,
  projects: number,
  open: number,
  live: number,
  good: number,
  bad: number,
  /** Of the account, 1 if a project went live and the account paid then; and whether it pays today. */
  served: 0 | 1,
  kept: 0 | 1,
  /** ARR of the account when its first project went live, and today. */
  arrThen: number,
  arrNow: number,
  /** ARR of open opportunities that hang on the projects; services, which are the partner's. */
  openArr: number,
  services: number,
]

/** What totals count of an account's projects as of `day`, by partner; those of no partner are under an empty id. */
export function countedPartners(
  projects: readonly FactValues[],
  arrOn: (day: number) => number,
  arrNow: number,
  { satisfaction: { from, to, goodFrom } }: SupportModel,
  day: Day,
): CountedPartner[] {
  const number = (value: unknown) => (typeof value === 'number' ? value : 0)
  return [...Map.groupBy(projects, ({ partnerId = '' }) => String(partnerId))].map(([id, list]) => {
    const rated = list.filter(({ csat }) => typeof csat === 'number' && csat >= from && csat <= to)
    const live = list.flatMap(({ liveOn }) => (typeof liveOn === 'number' && liveOn <= day ? [liveOn] : []))
    const good = rated.filter(({ csat }) => number(csat) >= goodFrom).length
    const arrThen = live.length > 0 ? arrOn(Math.min(...live)) : 0
    const isServed = arrThen > 0
    // An opportunity counts once, however many projects hang on it.
    const open = new Map(list.map((one) => [one.opportunityId, number(one.openArr)]))
    return [
      id,
      String(list[0]?.partner ?? ''),
      list.length,
      list.filter(({ isOpen }) => isOpen === true).length,
      live.length,
      good,
      rated.length - good,
      isServed ? 1 : 0,
      isServed && arrNow > 0 ? 1 : 0,
      arrThen,
      isServed ? arrNow : 0,
      [...open.values()].reduce((sum, arr) => sum + arr, 0),
      list.reduce((sum, one) => sum + number(one.servicesAmount), 0),
    ] as const
  })
}
