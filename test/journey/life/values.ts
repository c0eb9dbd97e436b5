import type { Random } from '../../../src/sandbox/engine/random.ts'
import type { Org } from '../../../src/sandbox/salesforce/org.ts'
import type { FieldDef } from '../../../src/sandbox/salesforce/schema.ts'
import { STAGES } from '../../../src/sandbox/salesforce/standard-objects.ts'

type Value = string | number | boolean | null

const TEXTS = [
  '',
  'plain',
  'a, "quoted" one',
  'two\nlines',
  'Åse Ünï 株式会社 🎈',
  '007',
  '=1+1',
  ' kept as it is ',
  '\u2028',
]

/** What people write into each object. */
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  User: ['FirstName', 'Department', 'IsActive', 'ManagerId'],
  Account: [
    'Name',
    'Industry',
    'Type',
    'NumberOfEmployees',
    'AnnualRevenue',
    'Website',
    'Description',
    'OwnerId',
    'ParentId',
  ],
  Contact: ['FirstName', 'Email', 'Title', 'AccountId', 'OwnerId'],
  Lead: ['FirstName', 'Company', 'Title', 'OwnerId'],
  Opportunity: ['Name', 'StageName', 'Amount', 'Probability', 'CloseDate', 'AccountId', 'OwnerId', 'Type'],
  Deal__c: ['Name', 'Account__c', 'Value__c', 'Done__c', 'On__c', 'At__c'],
}

/** Values for one or more fields of an object, any field of the org's own and the currency among them. */
export function valuesOf(
  org: Org,
  random: Random,
  objectName: string,
  anyOf: (object: string) => string | null,
  day: (days: number) => string,
): Record<string, Value> {
  const object = org.wholeObject(objectName)
  if (object === undefined) return {}
  const own = object.fields.filter(({ name, formula }) => formula === undefined && /__c$|^CurrencyIsoCode$/.test(name))
  const names = [...(WRITTEN[objectName] ?? []), ...own.map(({ name }) => name)]
  const values: Record<string, Value> = {}
  for (let n = random.int(1, 4); n > 0; n--) {
    const field = org.fieldOf(object, random.pick(names))
    if (field !== undefined) values[field.name] = anyValue(field, random, anyOf, day)
  }
  return values
}

function anyValue(
  field: FieldDef,
  random: Random,
  anyOf: (object: string) => string | null,
  day: (days: number) => string,
): Value {
  if (field.nillable && random.chance(0.1)) return null
  const word = `${random.pick(['North', 'South', 'East'])} ${random.int(1, 500)}`
  switch (field.type) {
    case 'reference':
      return anyOf(field.referenceTo.at(-1) ?? '')
    case 'boolean':
      return random.chance(0.5)
    case 'int':
      return random.int(0, 5_000)
    case 'currency':
    case 'double':
      return random.pick([0, 1e7, 123_456_789, random.int(0, 2_000), random.int(-99_999, 99_999) / 100])
    case 'percent':
      return random.int(0, 100)
    case 'date':
      return day(random.int(-30, 60))
    case 'datetime':
      return `${day(random.int(-30, 60))}T${String(random.int(10, 23))}:15:${String(random.int(10, 59))}.000Z`
    case 'picklist':
      if (field.name === 'StageName') return random.pick(STAGES).name
      return field.picklist.length > 0 ? random.pick(field.picklist) : word
    case 'email':
      return `p${random.int(1, 99)}@life.example`
    default:
      return field.nillable && random.chance(0.3) ? random.pick(TEXTS) : word
  }
}
