import { addToActive } from './activity/counted-active.ts'
import { wappFacts } from './activity/wapp-facts.ts'
import { addToBooks, bookFacts } from './books/book.ts'
import { bucketMonthFacts } from './buckets/bucket-month-facts.ts'
import { addToBuckets } from './buckets/bucket-totals.ts'
import { type Company, NO_COMPANY } from './company.ts'
import type { CountedCare, CountedOpportunity } from './counted.ts'
import type { Calendar, Day } from './day.ts'
import type { FactValues, TotalsKind } from './facts.ts'
import { addToCalls } from './forecast/call-totals.ts'
import { calibrationFacts, forecastFacts } from './forecast/forecast-facts.ts'
import { addToForecast } from './forecast/forecast-totals.ts'
import { addToMustWin, mustWinFacts } from './forecast/must-win.ts'
import { addToOpen } from './forecast/open-totals.ts'
import { addLeadToFunnel, addToFunnel } from './funnel.ts'
import { funnelFacts } from './funnel-facts.ts'
import { addToPartners, partnerFacts } from './implementations/partner-totals.ts'
import { featureFacts, themeFacts } from './influence/feature-facts.ts'
import { addSubject, addToInfluenceBase } from './influence/influence-totals.ts'
import type { KeptFacts } from './kept-facts.ts'
import { type Ladder, ladderOf } from './ladder.ts'
import { addToProof, decileFacts } from './leads/score-proof.ts'
import type { Model } from './model.ts'
import { pipelineMonthFacts } from './pipeline/pipeline-month-facts.ts'
import { addToPipeline } from './pipeline/pipeline-totals.ts'
import { addToPriority } from './priority/priority-totals.ts'
import { addToArr } from './revenue/arr-contributions.ts'
import { addToFamilies, familyFacts } from './revenue/arr-families.ts'
import { arrMonthFacts } from './revenue/arr-month-facts.ts'
import { addToCustomers } from './revenue/customers.ts'
import { addToSeatLadder, seatRungFacts } from './revenue/seat-ladder.ts'
import { addToRenewals, addToRisks } from './risk/risk-totals.ts'
import { renewalMonthFacts, riskQuarterFacts } from './risk/risk-trend-facts.ts'
import { addToCauses, sharedCauseFacts } from './risk/shared-causes.ts'
import { supportAgentFacts } from './support/support-agent-facts.ts'
import { supportHourFacts } from './support/support-hour-facts.ts'
import { supportPeriodFacts } from './support/support-period-facts.ts'
import { supportStaffingFacts } from './support/support-staffing-facts.ts'
import { addToSupport } from './support/support-totals.ts'
import { Tally } from './tally.ts'
import { attainmentFacts } from './targets/attainment-facts.ts'
import type { TotalsPart, TotalsParts } from './totals-parts.ts'
import { usageContributions } from './usage-totals.ts'
import { featureVoiceFacts } from './voice/feature-voice-facts.ts'
import { addToVoice } from './voice/voice-totals.ts'

/**
 * What dossiers contribute to totals, of the parts that are asked for.
 *
 * Depends on what is counted of their facts and the model they were derived with, on nothing else: what was added is taken away with the same. Integers only; adding commutes. So totals are the same in any order, and whether built step by step or from scratch.
 */
export class Totals {
  readonly #model: Model
  readonly parts: TotalsParts
  readonly #tally = new Tally()

  constructor(model: Model, parts: Iterable<TotalsPart>) {
    this.#model = model
    this.parts = new Set(parts)
  }

  add(facts: Iterable<Pick<KeptFacts, 'counted'>>): void {
    this.#count(facts, 1)
  }

  takeAway(facts: Iterable<Pick<KeptFacts, 'counted'>>): void {
    this.#count(facts, -1)
  }

  /** By how much each sum moved since the last call; those that did not are left out. */
  take(): Map<string, number> {
    return this.#tally.take()
  }

  #count(facts: Iterable<Pick<KeptFacts, 'counted'>>, sign: 1 | -1): void {
    const tally = this.#tally
    const model = this.#model
    const [withFunnel, withArr] = [this.parts.has('funnel'), this.parts.has('arr')]
    const [withLadder, withFamilies] = [this.parts.has('seat_ladder'), this.parts.has('families')]
    const [withActive, withBooks] = [this.parts.has('active'), this.parts.has('books')]
    const withScores = this.parts.has('lead_scores')
    const withCustomers = withArr && model.customer === 'parent'
    const [withBuckets, withMustWin] = [this.parts.has('buckets'), this.parts.has('must_win')]
    const [withPipeline, withForecast] = [this.parts.has('pipeline'), this.parts.has('forecast')]
    const [withInfluence, withPriority] = [this.parts.has('influence'), this.parts.has('priority')]
    let ladder: Ladder | undefined
    let last: CountedOpportunity | undefined
    for (const { counted } of facts) {
      // Facts may be derived only when asked for, and those of another call in between.
      tally.turn(sign)
      const { arr, opportunities, leads, usage, active, books, proofs, care, influence, priority } = counted
      if (usage.points > 0) for (const [key, value] of usageContributions(usage)) tally.addKey(key, value)
      if (withArr && arr !== null) addToArr(tally, arr)
      if (withCustomers && arr !== null) addToCustomers(tally, arr)
      if (withFamilies && arr !== null) addToFamilies(tally, arr)
      if (withActive && active !== null) addToActive(tally, active)
      if (withBooks) for (const book of books) addToBooks(tally, book)
      if (withScores) for (const proof of proofs) addToProof(tally, proof, model.yearStart)
      if (withLadder && arr !== null) addToSeatLadder(tally, arr)
      if (withBuckets && arr !== null) addToBuckets(tally, arr, model.buckets)
      for (let i = 0; i < opportunities.length; i += 1) {
        const one = opportunities[i] as CountedOpportunity
        // Most opportunities climb the ladder of the one before.
        if (ladder === undefined || last?.source !== one.source || last.pipeline !== one.pipeline)
          ladder = ladderOf(model, one.source, one.pipeline)
        last = one
        if (withFunnel) addToFunnel(tally, ladder, one)
        if (withPipeline) addToPipeline(tally, model, ladder, one)
        if (withForecast) {
          addToForecast(tally, ladder, one)
          addToCalls(tally, one)
          addToOpen(tally, ladder, one)
        }
        if (withMustWin) addToMustWin(tally, ladder, one)
        if (withInfluence) addToInfluenceBase(tally, model, ladder, one)
      }
      if (care !== null) this.#countCare(care)
      if (withPriority && priority !== null) addToPriority(tally, priority)
      if (withInfluence) for (const subject of influence.subjects) addSubject(tally, influence.segment, subject)
      if (withFunnel) for (const lead of leads) addLeadToFunnel(tally, lead, opportunities, model)
    }
  }

  #countCare({ tickets, risks, renewal, causes, mentions, partners }: CountedCare): void {
    if (this.parts.has('support')) for (const ticket of tickets) addToSupport(this.#tally, ticket)
    if (this.parts.has('risk')) for (const risk of risks) addToRisks(this.#tally, risk, this.#model.yearStart)
    if (this.parts.has('renewal') && renewal !== null) addToRenewals(this.#tally, renewal)
    if (this.parts.has('causes')) for (const cause of causes) addToCauses(this.#tally, cause)
    if (this.parts.has('voice')) for (const mention of mentions) addToVoice(this.#tally, mention)
    if (this.parts.has('partners')) for (const one of partners) addToPartners(this.#tally, one)
  }
}

/**
 * The facts of one kind that totals give as of a day, by id. `totals` may hold whatever else. `company`: what they are told with; a
 * plan of features takes a solver and is made elsewhere (`planFacts`), so that it is handed in there.
 */
export function factsOfTotals(
  kind: TotalsKind,
  totals: ReadonlyMap<string, number>,
  model: Model,
  day: Day,
  calendar: Calendar,
  company: Company = NO_COMPANY,
): FactValues[] {
  switch (kind) {
    case 'funnel_stage':
      return funnelFacts(totals, model, day)
    case 'arr_month':
      return arrMonthFacts(totals, model, day)
    case 'arr_family':
      return familyFacts(totals, model, day)
    case 'seat_rung':
      return seatRungFacts(totals, day)
    case 'pipeline_month':
      return pipelineMonthFacts(totals, model, day)
    case 'forecast':
      return forecastFacts(totals, model, day, company.targets)
    case 'forecast_calibration':
      return calibrationFacts(totals, model, day)
    case 'bucket_month':
      return bucketMonthFacts(totals, model, day, company)
    case 'attainment':
      return attainmentFacts(totals, model, day, company)
    case 'wapp_month':
      return wappFacts(totals, model, day)
    case 'book':
      return bookFacts(totals, model, company)
    case 'lead_decile':
      return decileFacts(totals, model, day)
    case 'must_win':
      return mustWinFacts(totals, model, day)
    case 'support_period':
      return supportPeriodFacts(totals, model, day)
    case 'support_agent':
      return supportAgentFacts(totals, day)
    case 'support_hour':
      return supportHourFacts(totals, model, day, calendar)
    case 'support_staffing':
      return supportStaffingFacts(totals, model, day)
    case 'risk_quarter':
      return riskQuarterFacts(totals, model, day)
    case 'renewal_month':
      return renewalMonthFacts(totals, day)
    case 'shared_cause':
      return sharedCauseFacts(totals, model, day)
    case 'feature_voice':
      return featureVoiceFacts(totals, day)
    case 'partner':
      return partnerFacts(totals)
    case 'feature':
      return featureFacts(totals, model, company.features, day)
    case 'theme':
      return themeFacts(totals, model, company.features, day)
    case 'priority':
      return [...company.priority]
  }
}
