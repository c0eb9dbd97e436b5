import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import {
  type Definition,
  definitionsBehind,
  definitionsOf,
  inForceOn,
  partsIn,
  versionText,
} from '../../../src/domain/definitions/definitions.ts'
import {
  DEFINITION_NAMES,
  KNOWN_DEFINITIONS,
  type KnownDefinition,
} from '../../../src/domain/definitions/known-definitions.ts'
import { FACTS } from '../../../src/domain/fact-fields.ts'
import type { FactKind } from '../../../src/domain/facts.ts'
import type { Model } from '../../../src/domain/model.ts'
import { day } from '../builders.ts'

const model = defaultModel()
const sentenceOf = (name: string, of: Model = model) => definitionsOf({}, of).find((one) => one.name === name)?.sentence

describe('the shipped definitions', () => {
  test('are of fields that there are', () => {
    for (const name of DEFINITION_NAMES) {
      for (const path of KNOWN_DEFINITIONS[name].fields) {
        const [kind, field = ''] = path.split('.')
        expect(FACTS[kind as FactKind].fields, path).toHaveProperty(field)
      }
    }
  })

  test('name only parts that they have, and every part of theirs', () => {
    for (const name of DEFINITION_NAMES) {
      const known: KnownDefinition = KNOWN_DEFINITIONS[name]
      expect(partsIn(known.sentence).sort(), name).toEqual(Object.keys(known.parts(model)).sort())
    }
  })

  test('say what the model holds', () => {
    expect(sentenceOf('green_account')).toBe(
      'An account that sales works on is green from 50 seats or 10,000 USD of ARR on, and stays green; below that it is orange.',
    )
    const other: Model = {
      ...model,
      winRateOf: 'all',
      buckets: {
        ...model.buckets,
        green: { seats: 1200, arr: 12_500_50 },
        match: 'all',
        fallBack: { below: { seats: 40, arr: null }, afterDays: 90 },
      },
    }
    expect(sentenceOf('green_account', other)).toBe(
      'An account that sales works on is green from 1,200 seats and 12,500.50 USD of ARR on, and falls back once it has not had 40 seats for 90 days; below that it is orange.',
    )
    expect(sentenceOf('win_rate', other)).toContain('all there is, open ones included')
    expect(sentenceOf('qualified_lead')).toContain('28 countries, its company has at least 100 employees')
    expect(sentenceOf('arr')).toContain('subscription periods, account field, then won opportunities')
    expect(sentenceOf('segment')).toContain(
      'enterprise from 1,000 employees on, mid market from 100 employees on, else smb from 0 employees on',
    )
    expect(sentenceOf('risk_probability')).toContain('definite 95 %, high 75 %, medium 50 %, and low 20 %')
    expect(sentenceOf('request_certainty')).toMatch(/it is \d+ % by the buyer’s own words/)
  })
})

describe('a definition', () => {
  const version = { version: 1, from: null, owner: null, applies: 'restates', sentence: null } as const
  const changed: Model = {
    ...model,
    buckets: {
      ...model.buckets,
      green: { seats: 100, arr: null },
      earlier: [{ ...model.buckets, green: { seats: 25, arr: null }, until: day('2026-07-01') }],
    },
  }
  const ofGreen = (all: readonly Definition[]) => all.find(({ name }) => name === 'green_account')
  const written = definitionsOf(
    {
      green_account: {
        ...version,
        version: 3,
        from: day('2026-07-01'),
        owner: 'Head of Sales',
        applies: 'from_date',
        sentence: 'Green is {limits}.',
        earlier: [
          { ...version, version: 2, sentence: 'Green was {limits}.' },
          { ...version, version: 1, sentence: 'Nobody knew.' },
        ],
      },
    },
    changed,
  )

  test('has its own sentence filled in, and an earlier version with what held then', () => {
    expect(ofGreen(written)).toMatchObject({
      sentence: 'Green is 100 seats.',
      earlier: [{ sentence: 'Green was 25 seats.' }, { sentence: 'Nobody knew.' }],
    })
  })

  test('that begins later is not in force yet: the version before it is', () => {
    expect(ofGreen(inForceOn(written, day('2026-06-30')))).toMatchObject({
      version: 2,
      sentence: 'Green was 25 seats.',
      earlier: [{ version: 1 }],
    })
    expect(ofGreen(inForceOn(written, day('2026-07-01')))).toMatchObject({
      version: 3,
      sentence: 'Green is 100 seats.',
    })
  })

  test('is found by the fields it is printed with, and named with version and date', () => {
    const [found, ...others] = definitionsBehind('account.bucket', written)
    expect(others).toEqual([])
    expect(found && versionText(found)).toBe('green_account, version 3 from 2026-07-01')
    expect(definitionsBehind('account.name', written)).toEqual([])
  })
})
