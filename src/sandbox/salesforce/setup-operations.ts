import { z } from 'zod'
import { addCurrency, addDatedRate, enableCurrencies, setRate } from './currencies.ts'
import type { Org } from './org.ts'
import {
  addField,
  addObject,
  FIELD_FORM,
  NEW_FIELD,
  NEW_OBJECT,
  removeField,
  renamePicklistValue,
  retypeField,
  wholeField,
  wholeObject,
} from './schema-changes.ts'
import { isDay } from './values.ts'

const NAME = z.string().regex(/^\w+$/)
const FIELD = { object: NAME, field: NAME }
const ISO_CODE = z.string().regex(/^[A-Z]{3}$/)
const RATE = z.number().positive()
const DAY = z.string().refine(isDay, 'a day is written 2026-12-24')

/** What admins do in setup. */
export const SETUP_OPERATIONS = [
  z.strictObject({ do: z.literal('addField'), object: NAME, field: NEW_FIELD }),
  z.strictObject({ do: z.literal('removeField'), ...FIELD }),
  z.strictObject({ do: z.literal('retypeField'), ...FIELD, to: FIELD_FORM }),
  z.strictObject({ do: z.literal('hideField'), ...FIELD }),
  z.strictObject({ do: z.literal('showField'), ...FIELD }),
  z.strictObject({ do: z.literal('renamePicklistValue'), ...FIELD, from: z.string(), to: z.string().min(1) }),
  z.strictObject({ do: z.literal('addObject'), object: NEW_OBJECT }),
  z.strictObject({ do: z.literal('hideObject'), object: NAME }),
  z.strictObject({ do: z.literal('showObject'), object: NAME }),
  z.strictObject({
    do: z.literal('enableCurrencies'),
    corporate: ISO_CODE,
    rates: z.record(ISO_CODE, RATE),
    dated: z.boolean().default(false),
  }),
  z.strictObject({
    do: z.literal('addCurrency'),
    isoCode: ISO_CODE,
    rate: RATE,
    decimalPlaces: z.int().min(0).default(2),
  }),
  z.strictObject({ do: z.literal('setRate'), isoCode: ISO_CODE, rate: RATE }),
  z.strictObject({ do: z.literal('addDatedRate'), isoCode: ISO_CODE, startDate: DAY, rate: RATE }),
] as const
const SETUP_OPERATION = z.discriminatedUnion('do', SETUP_OPERATIONS)

export function changeSetup(org: Org, operation: z.output<typeof SETUP_OPERATION>): Readonly<Record<string, unknown>> {
  switch (operation.do) {
    case 'addField':
      addField(org, operation.object, operation.field)
      break
    case 'removeField':
      removeField(org, operation.object, operation.field)
      break
    case 'retypeField':
      retypeField(org, operation.object, operation.field, operation.to)
      break
    case 'hideField':
    case 'showField': {
      const object = wholeObject(org, operation.object)
      const { name } = wholeField(org, object, operation.field)
      if (operation.do === 'hideField') org.hideField(object.name, name)
      else org.showField(object.name, name)
      break
    }
    case 'renamePicklistValue': {
      const { object, field, from, to } = operation
      return { renamed: renamePicklistValue(org, object, field, from, to) }
    }
    case 'addObject':
      addObject(org, operation.object)
      break
    case 'hideObject':
      org.hideObject(wholeObject(org, operation.object).name)
      break
    case 'showObject':
      org.showObject(wholeObject(org, operation.object).name)
      break
    case 'enableCurrencies': {
      const { corporate, rates, dated } = operation
      enableCurrencies(org, { corporate, rates, isDated: dated })
      break
    }
    case 'addCurrency':
      addCurrency(org, operation.isoCode, operation.rate, operation.decimalPlaces)
      break
    case 'setRate':
      setRate(org, operation.isoCode, operation.rate)
      break
    case 'addDatedRate':
      addDatedRate(org, operation.isoCode, operation.startDate, operation.rate)
  }
  return {}
}
