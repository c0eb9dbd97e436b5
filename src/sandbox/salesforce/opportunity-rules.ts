import type { Org, Row } from './org.ts'
import { STAGES } from './standard-objects.ts'

export function derivedOfOpportunity(row: Row, before: Row): Row {
  const filled: Row = {}
  const stage = STAGES.find((each) => each.name === row.StageName)
  if (stage !== undefined && row.StageName !== before.StageName) {
    Object.assign(filled, {
      IsClosed: Number(stage.isClosed),
      IsWon: Number(stage.isWon),
      ForecastCategory: stage.forecastCategory,
      ForecastCategoryName: stage.forecastCategoryName,
    })
    // A probability that the same write sets stays; else the stage brings its own.
    if (row.Probability === before.Probability || row.Probability === undefined || row.Probability === null) {
      filled.Probability = stage.probability
    }
  }
  const probability = filled.Probability ?? row.Probability ?? null
  const amount = row.Amount ?? null
  filled.ExpectedRevenue =
    amount === null || probability === null ? null : Math.round(Number(amount) * Number(probability)) / 100
  if (typeof row.CloseDate === 'string') {
    const year = Number(row.CloseDate.slice(0, 4))
    const quarter = Math.ceil(Number(row.CloseDate.slice(5, 7)) / 3)
    Object.assign(filled, { FiscalYear: year, FiscalQuarter: quarter, Fiscal: `${year} ${quarter}` })
  }
  return filled
}

const HISTORY_FIELDS = ['StageName', 'Amount', 'Probability', 'CloseDate'] as const

/** One row per change of amount, probability, stage or close date, with the values as they are from then on. */
export function writeHistory(org: Org, row: Row, before: Row | null, now: number, by: string): void {
  if (before !== null && HISTORY_FIELDS.every((name) => (row[name] ?? null) === (before[name] ?? null))) return
  org.insert('OpportunityHistory', {
    Id: org.newId('OpportunityHistory'),
    OpportunityId: row.Id as string,
    CreatedById: by,
    CreatedDate: now,
    StageName: row.StageName ?? null,
    Amount: row.Amount ?? null,
    ExpectedRevenue: row.ExpectedRevenue ?? null,
    CloseDate: row.CloseDate ?? null,
    Probability: row.Probability ?? null,
    ForecastCategory: row.ForecastCategory ?? null,
    PrevAmount: before?.Amount ?? null,
    PrevCloseDate: before?.CloseDate ?? null,
    SystemModstamp: now,
    ...(row.CurrencyIsoCode === undefined ? {} : { CurrencyIsoCode: row.CurrencyIsoCode }),
  })
}
