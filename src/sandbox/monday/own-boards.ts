import type { Demand } from '../company/demand.ts'
import { FEATURES } from '../company/features.ts'
import type { BoardHands } from './hands.ts'

/** The names of the boards that people of the example company keep. */
export const OWN_BOARDS = {
  features: 'Feature catalogue',
  requests: 'Feature requests',
  risks: 'Risks',
  commitments: 'Commitments',
  targets: 'Targets',
} as const

const DAY_MS = 86_400_000

/**
 * Makes the boards that people of the example company keep by themselves, filled as they filled them; once. `opportunityId`: of the
 * nth deal in the CRM.
 */
export function makeOwnBoards(
  hands: BoardHands,
  { requests, risks, commitments }: Demand,
  now: number,
  opportunityId: (deal: number) => string,
): void {
  const { features, ...names } = OWN_BOARDS
  if (hands.hasBoard(features)) return
  hands.addBoard(features, [
    { title: 'Other names', type: 'text' },
    { title: 'Theme', type: 'dropdown', labels: [...new Set(FEATURES.map(({ theme }) => theme))] },
    { title: 'Status', type: 'status', labels: ['Idea', 'Planned', 'Building', 'Shipped', 'Declined'] },
    { title: 'ETA', type: 'text' },
    { title: 'Shipped on', type: 'date' },
    { title: 'Hours', type: 'numbers' },
  ])
  const ids = FEATURES.map(({ name, aliases, theme, status, etaQuarter, shippedDaysAgo, effortHours }) =>
    hands.addItem(features, name, {
      'Other names': aliases,
      Theme: { labels: [theme] },
      Status: { label: status },
      ETA: etaQuarter,
      'Shipped on': shippedDaysAgo === null ? null : { date: dayText(now - shippedDaysAgo * DAY_MS) },
      Hours: String(effortHours),
    }),
  )
  const link = (feature: number | null) => (feature === null ? null : { item_ids: [ids[feature] as number] })

  hands.addBoard(names.requests, [
    { title: 'Feature', type: 'board_relation', boards: [features] },
    { title: 'Written as', type: 'text' },
    { title: 'Company domain', type: 'text' },
    { title: 'Opportunity id', type: 'text' },
    { title: 'Role', type: 'status', labels: ['Blocker', 'Wanted', 'Shown'] },
    { title: 'Heard by', type: 'status', labels: ['Sales', 'Support', 'Success'] },
    { title: 'Asked on', type: 'date' },
    { title: 'Words', type: 'long_text' },
  ])
  requests.forEach(({ account, domain, deal, feature, written, role, channel, on, words }, i) => {
    hands.addItem(names.requests, account, {
      // Every third wrote the name and made no link.
      Feature: i % 3 === 2 ? null : link(feature),
      'Written as': i % 3 === 2 || feature === null ? written : null,
      'Company domain': domain,
      // Pasted from the address of the deal in Salesforce.
      'Opportunity id': deal === null ? null : opportunityId(deal),
      Role: { label: role },
      'Heard by': { label: channel },
      'Asked on': { date: dayText(on) },
      Words: { text: words },
    })
  })

  hands.addBoard(names.risks, [
    { title: 'Company domain', type: 'text' },
    { title: 'Reason', type: 'status', labels: ['Product', 'Commercial', 'Success', 'Service'] },
    { title: 'Likelihood', type: 'status', labels: ['Definite', 'High', 'Medium', 'Low'] },
    { title: 'Status', type: 'status', labels: ['Identified', 'Assessed', 'Planned', 'Mitigating', 'Closed'] },
    { title: 'ARR at risk', type: 'numbers' },
    { title: 'Feature', type: 'board_relation', boards: [features] },
    { title: 'Raised on', type: 'date' },
  ])
  for (const { account, domain, reason, likelihood, status, arr, on, feature } of risks) {
    hands.addItem(names.risks, account, {
      'Company domain': domain,
      Reason: { label: reason },
      Likelihood: { label: likelihood },
      Status: { label: status },
      'ARR at risk': String(arr),
      Feature: link(feature),
      'Raised on': { date: dayText(on) },
    })
  }

  hands.addBoard(names.commitments, [
    { title: 'Company domain', type: 'text' },
    { title: 'Feature', type: 'board_relation', boards: [features] },
    { title: 'Due', type: 'date' },
    { title: 'Status', type: 'status', labels: ['Open', 'Kept', 'Late', 'Withdrawn'] },
  ])
  for (const { account, domain, feature, dueOn } of commitments) {
    hands.addItem(names.commitments, account, {
      'Company domain': domain,
      Feature: link(feature),
      Due: { date: dayText(dueOn) },
      Status: { label: dueOn < now ? 'Late' : 'Open' },
    })
  }

  hands.addBoard(names.targets, [
    { title: 'Subject', type: 'text' },
    { title: 'Measure', type: 'text' },
    { title: 'Period', type: 'text' },
    { title: 'Value', type: 'numbers' },
  ])
  const year = new Date(now).getUTCFullYear()
  for (const quarter of [1, 2, 3, 4]) {
    hands.addItem(names.targets, `New ARR ${year} Q${quarter}`, {
      Subject: 'company',
      Measure: 'arr_new',
      Period: `${year}-Q${quarter}`,
      Value: String(1_000_000 + quarter * 100_000),
    })
  }
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
