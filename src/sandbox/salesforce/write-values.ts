import { SalesforceError } from './errors.ts'
import type { Org, Row } from './org.ts'
import type { FieldDef, ObjectDef } from './schema.ts'
import { fromJson, type Stored } from './values.ts'

/** The values that a client sent, as they are stored; throws what Salesforce answers to a field or value it does not take. */
export function readValues(org: Org, object: ObjectDef, values: object, ability: 'createable' | 'updateable'): Row {
  const row: Row = {}
  for (const [name, value] of Object.entries(values)) {
    if (name === 'attributes') continue
    const field = org.fieldOf(object, name)
    if (field === undefined) {
      throw new SalesforceError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`)
    }
    if (!field[ability]) {
      throw new SalesforceError(
        400,
        'INVALID_FIELD_FOR_INSERT_UPDATE',
        `Unable to create/update fields: ${field.name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
        [field.name],
      )
    }
    row[field.name] = readValue(org, field, value)
  }
  return row
}

function readValue(org: Org, field: FieldDef, value: unknown): Stored {
  const stored = fromJson(field, value)
  if (stored === undefined) {
    throw new SalesforceError(
      400,
      'JSON_PARSER_ERROR',
      `Cannot deserialize instance of ${field.type} from ${JSON.stringify(value)} for field ${field.name}`,
    )
  }
  if (typeof stored === 'string' && field.length > 0 && stored.length > field.length) {
    const message = `${field.label}: data value too large: ${stored.slice(0, 20)}... (max length=${field.length})`
    throw new SalesforceError(400, 'STRING_TOO_LONG', message, [field.name])
  }
  if (field.name === 'CurrencyIsoCode' && stored !== null && !field.picklist.includes(String(stored))) {
    const message = `${field.label}: bad value for restricted picklist field: ${stored}`
    throw new SalesforceError(400, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, [field.name])
  }
  if (field.type === 'reference' && stored !== null) {
    const known = field.referenceTo.map((name) => org.object(name)).filter((object) => object !== undefined)
    if (known.length > 0 && known.every((object) => org.find(object.name, String(stored)) === undefined)) {
      throw new SalesforceError(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name])
    }
  }
  return stored
}
