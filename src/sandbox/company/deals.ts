import type { Random } from '../engine/random.ts'
import type { CompanyDeal, CompanyOptions, CompanyUser, Planted, Segment } from './company.ts'
import { convertedLead, SOURCES } from './leads.ts'
import { COMPETITORS, LOSS_REASONS, NEXT_STEPS } from './names.ts'
import { timeOfDay } from './people.ts'
import { type DealKind, type DealStep, walkDeal } from './walk-deal.ts'

const DAY_MS = 86_400_000

/** Rungs on which accounts buy and grow. */
export const SEAT_LADDER = [5, 10, 25, 50, 100, 200, 500, 1_000] as const

/** Per seat and month in cents, by plan. */
const PRICES: Readonly<Record<string, number>> = { Basic: 900, Standard: 1_200, Pro: 1_900, Enterprise: 3_300 }

/** What an account has come to, by what it bought. */
export interface AccountState {
  readonly seats: number
  readonly plan: string | null
  readonly priceCents: number
  readonly wonAt: number | null
  readonly churnedAt: number | null
}

/** Signed up and maybe paid, without ever meeting a salesperson. */
export function selfServe(random: Random, createdAt: number): AccountState {
  if (random.chance(0.45)) return { seats: 0, plan: null, priceCents: 0, wonAt: null, churnedAt: null }
  const plan = random.weighted([
    ['Basic', 5],
    ['Standard', 4],
    ['Pro', 1],
  ] as const)
  const seats = random.weighted([
    [5, 6],
    [10, 3],
    [25, 1],
  ] as const)
  const churnedAt = random.chance(0.12) ? createdAt : null
  return { seats, plan, priceCents: PRICES[plan] as number, wonAt: createdAt, churnedAt }
}

/** Whom we sell to. */
export interface Target {
  readonly name: string
  readonly domain: string
  readonly place: { readonly country: string }
  readonly segment: Segment
  readonly createdAt: number
  readonly sellers: { readonly executive: number; readonly manager: number }
  /** The bad value that one of its deals is to have. */
  readonly planted: Planted | null
  /** It is bound to have a deal, so that something can be planted in it. */
  readonly needsDeal: boolean
}

/** Where selling to an account stands. */
interface Situation {
  readonly state: AccountState
  /** When the next deal begins; `null`: there is none. */
  readonly from: number | null
  readonly lostTries: number
  readonly renewalDueAt: number
}

/** All deals with an account, one after the other, from the first try to the latest renewal. */
export function sellTo(
  options: CompanyOptions,
  users: readonly CompanyUser[],
  random: Random,
  target: Target,
  start: AccountState,
): { readonly state: AccountState; readonly deals: CompanyDeal[] } {
  const deals: CompanyDeal[] = []
  const firstAt = target.createdAt + random.int(0, target.needsDeal ? 3 : 20) * DAY_MS
  let situation: Situation = { state: start, from: firstAt, lostTries: 0, renewalDueAt: Number.POSITIVE_INFINITY }
  while (situation.from !== null && situation.from < options.asOf && deals.length < 9) {
    const { state, from } = situation
    const kind: DealKind =
      state.wonAt === null ? 'new_business' : from >= situation.renewalDueAt ? 'renewal' : 'expansion'
    const planned = planDeal(random, target.segment, kind, state)
    const deal = makeDeal(options, users, random, target, { kind, from, planned, isFirst: deals.length === 0 })
    deals.push(deal)
    situation = afterDeal(random, situation, deal, planned)
  }
  return { state: situation.state, deals }
}

interface Attempt {
  readonly kind: DealKind
  readonly from: number
  readonly planned: PlannedDeal
  readonly isFirst: boolean
}

function makeDeal(
  options: CompanyOptions,
  users: readonly CompanyUser[],
  random: Random,
  target: Target,
  { kind, from, planned, isFirst }: Attempt,
): CompanyDeal {
  const steps = walkDeal(random, {
    kind,
    outcome: random.chance(WIN_CHANCE[kind]) ? 'won' : 'lost',
    createdAt: businessHour(from, random),
    asOf: options.asOf,
    amount: planned.amount,
    slowness: { SMB: 1, 'Mid-Market': 1.4, Enterprise: 2 }[target.segment],
    hasAmount: !(target.planted === 'no amount' && isFirst),
  })
  const { stage } = steps.at(-1) as DealStep
  const lossReason = stage === 'Closed Lost' ? random.pick(LOSS_REASONS) : null
  const lead = isFirst && random.chance(0.55) ? convertedLead(users, random, target, steps[0] as DealStep) : null
  const nextStep = stage.startsWith('Closed') || random.chance(0.3) ? null : random.pick(NEXT_STEPS)
  return {
    name: `${NAMES[kind]} ${planned.seats} seats`,
    kind,
    seats: planned.seats,
    arr: planned.arr,
    steps,
    owner: kind === 'new_business' ? target.sellers.executive : target.sellers.manager,
    leadSource: lead?.source ?? random.weighted(SOURCES),
    lossReason,
    competitor: lossReason === 'Lost to competitor' || random.chance(0.15) ? random.pick(COMPETITORS) : null,
    nextStep: target.planted === 'not available' ? '#N/A' : nextStep,
    isOrphan: target.planted === 'orphan' && isFirst,
    lead,
  }
}

/** What a deal leaves behind: a customer with more seats, one who left, or another try after some months. */
function afterDeal(random: Random, before: Situation, deal: CompanyDeal, planned: PlannedDeal): Situation {
  const { at, stage } = deal.steps.at(-1) as DealStep
  const { state, renewalDueAt } = before
  const inDays = (low: number, high: number) => at + random.int(low, high) * DAY_MS
  const notBefore = (from: number) => Math.max(from, at + DAY_MS)
  if (stage === 'Closed Won') {
    const seats = deal.kind === 'expansion' ? state.seats + deal.seats : deal.seats
    const won = { seats, plan: planned.plan, priceCents: planned.priceCents, wonAt: state.wonAt ?? at, churnedAt: null }
    const dueAt = deal.kind === 'expansion' ? renewalDueAt : at + 335 * DAY_MS
    return { state: won, from: notBefore(Math.min(inDays(90, 330), dueAt)), lostTries: 0, renewalDueAt: dueAt }
  }
  if (stage !== 'Closed Lost') return { ...before, from: null }
  switch (deal.kind) {
    case 'renewal':
      return { ...before, state: { ...state, churnedAt: at }, from: null }
    case 'expansion':
      return { ...before, from: notBefore(Math.min(inDays(120, 300), renewalDueAt)) }
    case 'new_business': {
      const triesAgain = before.lostTries < 2 && random.chance(0.45)
      return { ...before, lostTries: before.lostTries + 1, from: triesAgain ? inDays(60, 260) : null }
    }
  }
}

const WIN_CHANCE: Readonly<Record<DealKind, number>> = { new_business: 0.225, expansion: 0.3, renewal: 0.86 }
const NAMES: Readonly<Record<DealKind, string>> = { new_business: 'New', expansion: 'Expansion', renewal: 'Renewal' }
interface PlannedDeal {
  readonly seats: number
  readonly plan: string
  readonly priceCents: number
  readonly arr: number
  readonly amount: number
}

function planDeal(random: Random, segment: Segment, kind: DealKind, state: AccountState): PlannedDeal {
  const plan =
    state.plan ??
    random.weighted(
      segment === 'Enterprise'
        ? ([
            ['Enterprise', 8],
            ['Pro', 2],
          ] as const)
        : ([
            ['Basic', 2],
            ['Standard', 5],
            ['Pro', 4],
            ['Enterprise', segment === 'SMB' ? 0 : 2],
          ] as const),
    )
  const discount = state.priceCents > 0 ? 0 : random.pick([0, 0, 0, 5, 10, 15, 20])
  const priceCents =
    state.priceCents > 0 ? state.priceCents : Math.round((PRICES[plan] as number) * (1 - discount / 100))
  const seats =
    kind === 'renewal' ? state.seats : kind === 'expansion' ? growth(state.seats, random) : firstSeats(segment, random)
  const arr = seats * priceCents * 12
  const services = segment === 'Enterprise' && kind === 'new_business' ? random.int(0, 15) : 0
  return { seats, plan, priceCents, arr, amount: arr + Math.round((arr * services) / 100) }
}

function firstSeats(segment: Segment, random: Random): number {
  const weights: Readonly<Record<Segment, readonly number[]>> = {
    SMB: [40, 30, 20, 8, 2, 0, 0, 0],
    'Mid-Market': [5, 15, 25, 25, 18, 10, 2, 0],
    Enterprise: [0, 3, 8, 18, 25, 24, 15, 7],
  }
  return random.weighted(SEAT_LADDER.map((seats, rung) => [seats, weights[segment][rung] as number] as const))
}

/** Seats that lift the account to the next rung, or the one after. */
function growth(seats: number, random: Random): number {
  const rungs = SEAT_LADDER.filter((rung) => rung > seats)
  const next = rungs[random.chance(0.8) ? 0 : 1] ?? rungs[0] ?? seats + 500
  return next - seats
}

function businessHour(at: number, random: Random): number {
  return Math.floor(at / DAY_MS) * DAY_MS + timeOfDay(random)
}
