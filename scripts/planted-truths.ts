/**
 * Plants truths in generated companies and looks whether the comparison of features finds them: `--seeds N [--from S]
 * [--accounts N]`. Exits 1 where it falls short of what is promised by more than chance.
 *
 * Each company has 20,000 accounts with an opportunity each, lost mostly early, won at a steady rate by segment. Features:
 * one that raises the daily chance of a win by half for a third of opportunities from the day it ships; one without any
 * influence that is asked for mostly in the segment that wins more; one without any that is asked for late; and others
 * without any. Two naive methods are fooled by these: whole opportunities with against without, and rates without strata.
 */

import { parseArgs } from 'node:util'
import { companyOf } from '../src/domain/company.ts'
import { createContext } from '../src/domain/context.ts'
import { defaultModel } from '../src/domain/default-model.ts'
import type { Feature, FeatureRequest } from '../src/domain/demand-records.ts'
import { deriveDossier } from '../src/domain/derive.ts'
import { createDossier } from '../src/domain/dossier.ts'
import type { DossierFacts, FactValues } from '../src/domain/facts.ts'
import type { Segment, StageChange } from '../src/domain/records.ts'
import { type RateDifference, rateDifference } from '../src/domain/statistics/rate-difference.ts'
import { wilsonInterval } from '../src/domain/statistics/wilson.ts'
import { factsOfTotals, Totals } from '../src/domain/totals.ts'
import { createZone } from '../src/platform/zone.ts'

const DAY_MS = 86_400_000
const FIRST_DAY = 20_000
const DAYS = 720
const TODAY = FIRST_DAY + DAYS
const SHIPPED = FIRST_DAY + DAYS / 2
/** How much a day with the true feature is likelier to bring the win. */
const TRUE_HAZARD = 1.5
const NULLS = 8
const LEVEL = 0.05

const SEGMENTS: readonly { readonly segment: Segment; readonly upTo: number; readonly win: number }[] = [
  { segment: 'smb', upTo: 0.6, win: 0.003 },
  { segment: 'mid_market', upTo: 0.9, win: 0.006 },
  { segment: 'enterprise', upTo: 1, win: 0.012 },
]

/** Share of opportunities of a segment that ask for a feature, and up to which day after opening they first do. */
interface Planted {
  readonly id: string
  readonly share: (segment: Segment) => number
  readonly within: number
}
const PLANTED: readonly Planted[] = [
  { id: 'true', share: () => 1 / 3, within: 10 },
  { id: 'confounded', share: (segment) => ({ smb: 0.1, mid_market: 0.2, enterprise: 0.7 })[segment], within: 10 },
  { id: 'late', share: () => 0.3, within: 60 },
  ...Array.from({ length: NULLS }, (_, i) => ({ id: `null${i}`, share: () => 0.1 + 0.03 * i, within: 10 })),
]
const FEATURES: readonly Feature[] = PLANTED.map(({ id }) => ({
  ...{ id, sourceId: id, source: 'planted', changedAt: 0, name: id },
  shippedOn: SHIPPED,
}))

const model = defaultModel()
const zone = createZone('UTC')
const context = createContext(
  model,
  zone,
  FEATURES.map((feature) => ({ kind: 'feature', body: JSON.stringify(feature) })),
  new Map(),
)

/** Mulberry32: small, seeded, good enough to toss coins. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

function accountFacts(number: number, random: () => number): DossierFacts {
  const draw = random()
  const { segment, win } = SEGMENTS.find(({ upTo }) => draw < upTo) ?? (SEGMENTS[0] as (typeof SEGMENTS)[number])
  const opened = FIRST_DAY + Math.floor(random() * (DAYS - 30))
  const wanted = PLANTED.flatMap(({ id, share, within }) =>
    random() < share(segment) ? [{ id, asked: opened + Math.floor(random() * within) }] : [],
  )
  const trueFrom = Math.max(SHIPPED, wanted.find(({ id }) => id === 'true')?.asked ?? Infinity)
  let closed: number | undefined
  let isWon = false
  for (let day = opened + 1; day <= TODAY && closed === undefined; day += 1) {
    const chance = day > trueFrom ? win * TRUE_HAZARD : win
    const loss = day - opened < 40 ? 0.015 : 0.004
    const toss = random()
    if (toss < chance + loss) {
      closed = day
      isWon = toss < chance
    }
  }
  const base = { source: 'salesforce', changedAt: opened * DAY_MS, accountId: `A${number}` }
  const id = `O${number}`
  const stage = closed === undefined ? 'Prospecting' : isWon ? 'Closed Won' : 'Closed Lost'
  const row = (day: number, of: string): StageChange => ({
    ...{ id: `${id}-${day}`, sourceId: `${id}-${day}`, source: 'salesforce', changedAt: day * DAY_MS },
    ...{ opportunityId: id, at: day * DAY_MS, stage: of },
  })
  const requests = wanted
    .filter(({ asked }) => closed === undefined || asked < closed)
    .map(
      ({ id: featureId, asked }): FeatureRequest => ({
        ...{ ...base, id: `${id}-${featureId}`, sourceId: featureId, featureId, opportunityId: id },
        ...{ role: 'wanted', createdAt: asked * DAY_MS },
      }),
    )
  const amount = Math.floor(100_000 * (1 + 200 * random() ** 3))
  const dossier = createDossier(
    { ...base, id: `A${number}`, sourceId: `A${number}`, segment },
    {
      opportunities: [{ ...base, id, sourceId: id, stage, amount, createdAt: opened * DAY_MS }],
      changes: [row(opened, 'Prospecting'), ...(closed === undefined ? [] : [row(closed, stage)])],
      requests,
    },
  )
  return deriveDossier(dossier, context, TODAY).facts
}

/** Whole opportunities, each with the feature when it shipped and was asked for before the close, whatever was before that. */
class WholeDeals {
  readonly #counts = new Map(PLANTED.map(({ id }) => [id, { won: 0, closed: 0 }]))
  #won = 0
  #closed = 0

  add({ opportunities, featureDeals }: DossierFacts): void {
    for (const { isOpen, isWon } of opportunities) {
      if (isOpen === true) continue
      this.#closed += 1
      if (isWon === true) this.#won += 1
    }
    for (const { featureId, state, shippedOn, closedOn } of featureDeals) {
      const counts = this.#counts.get(String(featureId))
      if (counts === undefined || state === 'open' || Number(shippedOn) > Number(closedOn)) continue
      counts.closed += 1
      if (state === 'won') counts.won += 1
    }
  }

  compare(feature: string): RateDifference | null {
    const { won, closed } = this.#counts.get(feature) ?? { won: 0, closed: 0 }
    return rateDifference(won, closed, this.#won - won, this.#closed - closed)
  }
}

interface Found {
  readonly true: boolean
  readonly confounded: boolean
  readonly nullsFlagged: number
  readonly wholeFooled: boolean
  readonly crudeFooled: boolean
}

function look(seed: number, accounts: number): Found {
  const random = randomOf(seed)
  const totals = new Totals(model, ['influence'])
  const whole = new WholeDeals()
  for (let number = 0; number < accounts; number += 1) {
    const facts = accountFacts(number, random)
    totals.add([facts])
    whole.add(facts)
  }
  const rows = new Map(
    factsOfTotals('feature', totals.take(), model, TODAY, zone, companyOf(context, TODAY)).map((row) => [
      String(row.id),
      row,
    ]),
  )
  const excludes0 = (low: unknown, high: unknown) => Number(low) > 0 || Number(high) < 0
  const isFlagged = (row: FactValues | undefined) =>
    row?.adjustedPValue !== undefined && Number(row.adjustedPValue) <= LEVEL
  const row = (id: string): FactValues => rows.get(id) ?? {}
  const isFooled = (difference: RateDifference | null) =>
    difference !== null && excludes0(difference.lower, difference.upper)
  const { true: planted, confounded } = { true: row('true'), confounded: row('confounded') }
  return {
    true: planted.adjustedLow !== undefined && Number(planted.adjustedLow) > 0,
    confounded: confounded.adjustedLow !== undefined && excludes0(confounded.adjustedLow, confounded.adjustedHigh),
    nullsFlagged: PLANTED.filter(({ id }) => id.startsWith('null') && isFlagged(row(id))).length,
    wholeFooled: isFooled(whole.compare('late')),
    crudeFooled:
      confounded.rateDifferenceLow !== undefined &&
      excludes0(confounded.rateDifferenceLow, confounded.rateDifferenceHigh),
  }
}

function main(): number {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '20' },
      from: { type: 'string', default: String(Date.now() % 1_000_000) },
      accounts: { type: 'string', default: '20000' },
    },
  })
  const [seeds, from, accounts] = [Number(values.seeds), Number(values.from), Number(values.accounts)]
  if (![seeds, from, accounts].every((one) => Number.isSafeInteger(one) && one >= 0) || seeds === 0) {
    process.stderr.write('Usage: node scripts/planted-truths.ts --seeds N [--from S] [--accounts N], whole numbers\n')
    return 2
  }
  const found: Found[] = []
  for (let seed = from; seed < from + seeds; seed += 1) found.push(look(seed, accounts))
  const count = (is: (one: Found) => boolean) => found.filter(is).length
  const nulls = found.reduce((sum, one) => sum + one.nullsFlagged, 0)
  const promises = [
    { what: 'true feature: interval above 0', count: count((one) => one.true), of: seeds, least: 0.8 },
    { what: 'confounded feature: interval excludes 0', count: count((one) => one.confounded), of: seeds, most: 0.1 },
    { what: `null features flagged at ${LEVEL} (BH)`, count: nulls, of: seeds * NULLS, most: LEVEL },
    { what: 'naive, whole opportunities: fooled', count: count((one) => one.wholeFooled), of: seeds, least: 0.5 },
    { what: 'naive, without strata: fooled', count: count((one) => one.crudeFooled), of: seeds, least: 0.5 },
  ]
  let isShort = false
  process.stdout.write(`seeds ${from} to ${from + seeds - 1}, ${accounts} accounts each\n`)
  for (const { what, count: times, of, least, most } of promises) {
    const interval = wilsonInterval(times, of) ?? { lower: 0, upper: 1 }
    // Short only when even chance does not explain it.
    const isMissed = (least !== undefined && interval.upper < least) || (most !== undefined && interval.lower > most)
    isShort ||= isMissed
    const promise = least === undefined ? `at most ${most}` : `at least ${least}`
    const share = (times / of).toFixed(3)
    process.stdout.write(`${isMissed ? 'MISSED' : 'ok    '} ${what}: ${times} of ${of} (${share}), ${promise}\n`)
  }
  return isShort ? 1 : 0
}

process.exitCode = main()
