import { refused } from './errors.ts'
import type { Org } from './org.ts'
import { double, type FieldDef, field, type ObjectDef, picklist, READ_ONLY, text } from './schema.ts'
import { COMMON_FIELDS } from './standard-objects.ts'
import { tableOf } from './tables.ts'
import { type Stored, wholeSecond } from './values.ts'

/** The days on which the first dated rate of a currency begins and the last one ends. */
const FIRST_DAY = '0001-01-01'
const LAST_DAY = '9999-12-31'

export interface Currencies {
  /** Currency of the company; its rate is 1. */
  readonly corporate: string
  /** What one unit of the corporate currency is in each other currency. */
  readonly rates: Readonly<Record<string, number>>
  /** Advanced currency management: rates have days from which they hold. */
  readonly isDated: boolean
}

export function isMultiCurrency(org: Org): boolean {
  return org.wholeObject('CurrencyType') !== undefined
}

/**
 * Makes an org multi-currency, for ever: `CurrencyType` appears, with dated rates `DatedConversionRate` too, and
 * `CurrencyIsoCode` on every object with currency fields. What is there already is in the corporate currency; its stamps
 * stay.
 */
export function enableCurrencies(org: Org, { corporate, rates, isDated }: Currencies): void {
  if (isMultiCurrency(org)) throw refused('The org is multi-currency already', 'Add currencies, or change rates')
  const rolled = org.wholeObjects.flatMap((object) => object.fields.filter(isCurrencyRollup))
  if (rolled[0] !== undefined) {
    throw refused(
      `The roll-up "${rolled[0].name}" sums up currencies, which this sandbox does not convert`,
      'Remove it',
    )
  }
  org.addObject(
    objectOf('CurrencyType', '01L', [
      picklist('IsoCode', [corporate, ...Object.keys(rates)], { length: 3, nillable: false, ...READ_ONLY }),
      double('ConversionRate', { scale: 6, nillable: false }),
      field('DecimalPlaces', 'int', { nillable: false }),
      field('IsActive', 'boolean', { nillable: false }),
      field('IsCorporate', 'boolean', { nillable: false, ...READ_ONLY }),
    ]),
  )
  if (isDated) {
    org.addObject(
      objectOf('DatedConversionRate', '04w', [
        text('IsoCode', 3, { nillable: false, ...READ_ONLY }),
        field('StartDate', 'date', { nillable: false }),
        field('NextStartDate', 'date', READ_ONLY),
        double('ConversionRate', { scale: 6, nillable: false }),
      ]),
    )
  }
  insertCurrency(org, corporate, 1, 2)
  for (const [isoCode, rate] of Object.entries(rates)) insertCurrency(org, isoCode, rate, 2)
  ensureCurrencyFields(org)
}

export function addCurrency(org: Org, isoCode: string, rate: number, decimalPlaces: number): void {
  const known = currencies(org)
  if (known.some((row) => row.IsoCode === isoCode)) throw refused(`The org has ${isoCode} already`, 'Set its rate')
  insertCurrency(org, isoCode, rate, decimalPlaces)
  const add = (each: FieldDef) =>
    each.name === 'CurrencyIsoCode' ? { ...each, picklist: [...each.picklist, isoCode] } : each
  for (const object of org.wholeObjects) {
    if (org.fieldOf(object, 'CurrencyIsoCode') !== undefined) {
      org.saveObject({ ...object, fields: object.fields.map(add) })
    }
  }
}

/** Changes the rate of a currency. Amounts stay as they are, and so do the stamps of their records. */
export function setRate(org: Org, isoCode: string, rate: number): void {
  const row = currencyOf(org, isoCode)
  org.change('CurrencyType', row.Id as string, { ConversionRate: rate, ...changeStamps(org) })
}

/** Lets another rate hold from a day on, until the next one of the currency begins. */
export function addDatedRate(org: Org, isoCode: string, startDate: string, rate: number): void {
  currencyOf(org, isoCode)
  if (org.wholeObject('DatedConversionRate') === undefined) {
    throw refused('The org has no dated rates', 'Enable currencies with "dated": true')
  }
  const rates = org.findAll('DatedConversionRate', 'IsoCode', isoCode)
  const same = rates.find((row) => row.StartDate === startDate)
  if (same !== undefined) {
    org.change('DatedConversionRate', same.Id as string, { ConversionRate: rate, ...changeStamps(org) })
    return
  }
  const sorted = rates.sort((a, b) => (String(a.StartDate) < String(b.StartDate) ? -1 : 1))
  const before = sorted.findLast((row) => String(row.StartDate) < startDate)
  const after = sorted.find((row) => String(row.StartDate) > startDate)
  if (before !== undefined) {
    org.change('DatedConversionRate', before.Id as string, { NextStartDate: startDate, ...changeStamps(org) })
  }
  insertDatedRate(org, isoCode, startDate, (after?.StartDate ?? LAST_DAY) as string, rate)
}

/** Gives every object with currency fields a `CurrencyIsoCode`, if the org is multi-currency. */
export function ensureCurrencyFields(org: Org): void {
  if (!isMultiCurrency(org)) return
  const codes = currencies(org).map((row) => String(row.IsoCode))
  for (const object of org.wholeObjects) {
    const isMoney = object.fields.some((each) => each.type === 'currency')
    if (!isMoney || org.fieldOf(object, 'CurrencyIsoCode') !== undefined) continue
    const ability = object.updateable ? {} : READ_ONLY
    org.addFields(object.name, [
      picklist('CurrencyIsoCode', codes, {
        length: 3,
        label: 'Currency ISO Code',
        defaultedOnCreate: true,
        ...ability,
      }),
    ])
    org.engine.db.prepare(`UPDATE ${tableOf(object)} SET "CurrencyIsoCode" = ?`).run(corporateCurrency(org))
  }
}

export function corporateCurrency(org: Org): string {
  return String(currencies(org).find((row) => row.IsCorporate === 1)?.IsoCode)
}

/** A roll-up of amounts, which would have to be converted into the currency of its record. */
export function isCurrencyRollup({ type, formula }: FieldDef): boolean {
  return type === 'currency' && formula?.kind === 'rollup'
}

function objectOf(name: string, keyPrefix: string, fields: readonly FieldDef[]): ObjectDef {
  const label = name.replace(/([a-z])([A-Z])/g, '$1 $2')
  const common = COMMON_FIELDS.filter(({ name: each }) => each === 'Id' || /^(Created|LastModified|System)/.test(each))
  return {
    name,
    label,
    labelPlural: `${label}s`,
    keyPrefix,
    custom: false,
    createable: false,
    updateable: false,
    deletable: false,
    replicateable: false,
    fields: [...common.slice(0, 1), ...fields, ...common.slice(1)],
  }
}

function currencies(org: Org): Record<string, Stored>[] {
  if (!isMultiCurrency(org)) throw refused('The org has one currency', 'Enable currencies first')
  return org.findAll('CurrencyType', 'IsActive', 1)
}

function currencyOf(org: Org, isoCode: string): Record<string, Stored> {
  const row = currencies(org).find((each) => each.IsoCode === isoCode)
  if (row !== undefined) return row
  throw refused(`The org has no currency "${isoCode}"`, 'Add it first')
}

function insertCurrency(org: Org, isoCode: string, rate: number, decimalPlaces: number): void {
  org.insert('CurrencyType', {
    Id: org.newId('CurrencyType'),
    IsoCode: isoCode,
    ConversionRate: rate,
    DecimalPlaces: decimalPlaces,
    IsActive: 1,
    IsCorporate: Number(org.count('CurrencyType') === 0),
    ...createStamps(org),
  })
  if (org.wholeObject('DatedConversionRate') !== undefined) insertDatedRate(org, isoCode, FIRST_DAY, LAST_DAY, rate)
}

function insertDatedRate(org: Org, isoCode: string, startDate: string, nextStartDate: string, rate: number): void {
  org.insert('DatedConversionRate', {
    Id: org.newId('DatedConversionRate'),
    IsoCode: isoCode,
    StartDate: startDate,
    NextStartDate: nextStartDate,
    ConversionRate: rate,
    ...createStamps(org),
  })
}

function createStamps(org: Org): Record<string, Stored> {
  return { CreatedDate: wholeSecond(org.engine.clock.now()), CreatedById: org.apiUserId, ...changeStamps(org) }
}

function changeStamps(org: Org): Record<string, Stored> {
  const now = wholeSecond(org.engine.clock.now())
  return { LastModifiedDate: now, LastModifiedById: org.apiUserId, SystemModstamp: now }
}
