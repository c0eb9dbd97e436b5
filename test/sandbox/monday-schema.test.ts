import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, test } from 'vitest'
import { LABEL_COLORS } from '../../src/sandbox/monday/colors.ts'
import { mutations } from '../../src/sandbox/monday/mutations.ts'
import { queries } from '../../src/sandbox/monday/queries.ts'
import { mondaySchema } from '../../src/sandbox/monday/schema.ts'

const OFFICIAL = '../shared/api/monday-2026-10.graphql'

/** Every way in which `ours` says something that `theirs` does not, or leaves out what `theirs` demands. */
function disagreements(ours: GraphQLSchema, theirs: GraphQLSchema): string[] {
  const found: string[] = []
  for (const type of Object.values(ours.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue
    const official = theirs.getType(type.name)
    if (official === undefined) {
      found.push(`type ${type.name}`)
    } else if (isScalarType(type)) {
      if (!isScalarType(official)) found.push(`${type.name} is no scalar`)
    } else if (isEnumType(type)) {
      if (!isEnumType(official)) found.push(`${type.name} is no enum`)
      else for (const { name } of type.getValues()) if (!official.getValue(name)) found.push(`${type.name}.${name}`)
    } else if (isInputObjectType(type)) {
      if (!isInputObjectType(official)) found.push(`${type.name} is no input`)
      else {
        const fields = official.getFields()
        for (const field of Object.values(type.getFields())) {
          if (String(fields[field.name]?.type) !== String(field.type)) found.push(`${type.name}.${field.name}`)
        }
        for (const field of Object.values(fields)) {
          if (isRequiredInputField(field) && !type.getFields()[field.name])
            found.push(`${type.name} lacks ${field.name}`)
        }
      }
    } else if (isObjectType(type) || isInterfaceType(type)) {
      if (!isObjectType(official) && !isInterfaceType(official)) {
        found.push(`${type.name} is no object`)
        continue
      }
      for (const field of Object.values(type.getFields())) {
        const same = official.getFields()[field.name]
        const place = `${type.name}.${field.name}`
        if (same === undefined || String(same.type) !== String(field.type)) found.push(place)
        else found.push(...argumentDisagreements(place, field.args, same.args))
      }
      const interfaces = isObjectType(type) && isObjectType(official) ? type.getInterfaces() : []
      for (const { name } of interfaces) {
        const also = (official as typeof type).getInterfaces().some((candidate) => candidate.name === name)
        if (!also) found.push(`${type.name} implements ${name}`)
      }
    }
  }
  return found
}

function argumentDisagreements(place: string, ours: readonly GraphQLArgument[], theirs: readonly GraphQLArgument[]) {
  const found: string[] = []
  for (const arg of ours) {
    const same = theirs.find((candidate) => candidate.name === arg.name)
    if (String(same?.type) !== String(arg.type)) found.push(`${place}(${arg.name})`)
    else if (isRequiredArgument(arg) !== isRequiredArgument(same as GraphQLArgument))
      found.push(`${place}(${arg.name}) default`)
  }
  for (const arg of theirs) {
    if (isRequiredArgument(arg) && !ours.some((candidate) => candidate.name === arg.name)) {
      found.push(`${place} lacks ${arg.name}`)
    }
  }
  return found
}

describe('the monday schema that the sandbox serves', () => {
  test.skipIf(!existsSync(OFFICIAL))(`agrees with ${OFFICIAL} in every type, field, argument and value`, () => {
    const official = buildSchema(readFileSync(OFFICIAL, 'utf8'), { assumeValid: true })
    assert.deepEqual(disagreements(mondaySchema, official), [])
  })

  test('is not said to agree when it does not', () => {
    const theirs = buildSchema('type Query { a(x: Int!, z: Int!): String! } enum E { ONE }')
    const ours = buildSchema('type Query { a(x: String!): String b: Int } enum E { ONE TWO }')
    assert.deepEqual(disagreements(ours, theirs), ['Query.a', 'Query.b', 'E.TWO'])
    const lacking = buildSchema('type Query { a(x: Int!): String! }')
    assert.deepEqual(disagreements(lacking, theirs), ['Query.a lacks z'])
  })

  test('has a resolver for every field of Query and Mutation', () => {
    assert.deepEqual(Object.keys(mondaySchema.getQueryType()?.getFields() ?? {}).sort(), Object.keys(queries).sort())
    assert.deepEqual(
      Object.keys(mondaySchema.getMutationType()?.getFields() ?? {}).sort(),
      Object.keys(mutations).sort(),
    )
  })

  test('knows a colour for every value of StatusColumnColors', () => {
    const type = mondaySchema.getType('StatusColumnColors')
    assert.ok(isEnumType(type))
    assert.deepEqual(
      type.getValues().map(({ name }) => name),
      LABEL_COLORS.map(({ name }) => name),
    )
    assert.equal(LABEL_COLORS.length, 40)
  })
})
