import { describe, expect, test } from 'vitest'
import type { FactValues, Scope } from '../../src/domain/facts.ts'
import type { BoardMapping } from '../../src/mapping/mapping.ts'
import { BOARD, parse, told } from './fixtures.ts'

const TODAY = Date.UTC(2026, 10, 22) / 86_400_000

function compile(text: string): BoardMapping {
  const parsed = parse({ board: `${BOARD}${text}` })
  expect(told(parsed)).toEqual([])
  return parsed.mappings?.boards[0] as BoardMapping
}

function saysOf(
  mapping: BoardMapping,
  opportunity: FactValues,
  owner: FactValues = { id: 'U1', email: 'Ada@Acme.example' },
) {
  const fact: FactValues = {
    id: 'O1',
    name: '50 seats',
    isOpen: true,
    isWon: false,
    funnelStage: 'won',
    state: 'won',
    ...opportunity,
  }
  const scope: Scope = { kind: 'opportunity', id: 'O1', names: { opportunity: fact, owner } }
  const result = mapping.toItem(scope, TODAY)
  if (result.is !== 'item') throw new Error(JSON.stringify(result))
  return result.item.says
}

const WON = `updates:
  Won: { when: opportunity.isWon, text: 'Won: {opportunity.name}' }
`

describe('what a mapping says of its items', () => {
  test('is said while the condition holds, and not before', () => {
    expect(saysOf(compile(WON), {})).toBeUndefined()
    expect(saysOf(compile(WON), { isWon: true })).toEqual([{ name: 'updates Won', token: '', text: 'Won: 50 seats' }])
  })

  test('names occasions by the value that tells them apart', () => {
    const dated = compile(WON.replace('text:', 'once: opportunity.closeOn, text:'))
    expect(saysOf(dated, { isWon: true, closeOn: TODAY })).toMatchObject([{ token: '2026-11-22' }])
    expect(saysOf(dated, { isWon: true })).toMatchObject([{ token: '' }])
  })

  test('goes to everybody whom the addresses name, once each, and not at all to nobody', () => {
    const notify = `notify:
  Won: { when: opportunity.isWon, to: [owner.email, "'ben@acme.example, ada@acme.example'"], text: 'Won' }
`
    expect(saysOf(compile(notify), { isWon: true })).toEqual([
      { name: 'notify Won', token: '', text: 'Won', to: ['ada@acme.example', 'ben@acme.example'] },
    ])
    const owner = compile(notify.replace(/\[.*\]/, 'owner.email'))
    expect(saysOf(owner, { isWon: true }, { id: 'U1', name: 'Ada' })).toBeUndefined()
  })

  test('is new again when its condition changes, not when its words do', () => {
    const conditionOf = (text: string) => compile(text).announcements[0]?.condition
    expect(conditionOf(WON.replace('Won: {', 'Sold: {'))).toBe(conditionOf(WON))
    expect(conditionOf(WON.replace('opportunity.isWon', 'opportunity.isOpen'))).not.toBe(conditionOf(WON))
    expect(compile(WON.replace('Won: {', 'Sold: {')).digest).not.toBe(compile(WON).digest)
  })
})
