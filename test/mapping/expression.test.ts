import { describe, expect, test } from 'vitest'
import { FACTS, USER_FIELDS } from '../../src/domain/fact-fields.ts'
import type { FactValues } from '../../src/domain/facts.ts'
import { Expressions } from '../../src/mapping/expression.ts'
import { FUNCTIONS } from '../../src/mapping/functions.ts'
import type { Names } from '../../src/mapping/scope.ts'

const TODAY = Date.UTC(2026, 10, 22) / 86_400_000
const names: Names = {
  things: {
    opportunity: {
      fields: FACTS.opportunity.fields,
      extra: { tier: { type: 'text', meaning: '', example: '' }, score: { type: 'number', meaning: '', example: '' } },
      always: true,
      expected: { stage: ['Prospecting', 'Closed Won'] },
    },
    account: { fields: FACTS.account.fields, extra: {}, always: false, expected: {} },
    owner: { fields: USER_FIELDS, extra: {}, always: false, expected: {} },
  },
  moneyDecimals: 2,
  yearStart: 0,
}
const expressions = new Expressions(names)

const OPPORTUNITY: FactValues = {
  id: 'O1',
  source: 'salesforce',
  name: 'Pilot of 50 seats',
  stage: 'Prospecting',
  state: 'open',
  isOpen: true,
  isWon: false,
  isOverdue: false,
  hasAccount: false,
  arr: 2471050,
  amount: 3000000,
  seats: 50,
  probability: 0.25,
  closeOn: TODAY + 30,
  createdAt: Date.UTC(2026, 10, 20, 12),
  createdOn: TODAY - 2,
  extra: { tier: 'Gold' },
}

function run(text: string, names: Record<string, FactValues> = { opportunity: OPPORTUNITY }) {
  const { expression, problems } = expressions.compile(text)
  if (!expression) throw new Error(problems.map(({ message }) => message).join('; '))
  return expression.run({ names, today: TODAY })
}

function problemsOf(text: string): string[] {
  return expressions
    .compile(text)
    .problems.map(
      ({ level, code, offset, message, hint }) => `${offset} ${level} ${code}: ${message}${hint ? ` | ${hint}` : ''}`,
    )
}

describe('values', () => {
  test.each<[string, unknown]>([
    ['1 / 2', 0.5],
    ['7 % 4', 3],
    ['opportunity.isOpen && !opportunity.isWon', true],
    ['orElse(opportunity.seats, 0) / 4', 12.5],
    ["opportunity.state == 'open' ? 'yes' : 'no'", 'yes'],
    ["opportunity.state in ['open', 'won']", true],
    ['orElse(opportunity.probability, 0) * 100', 25],
    ["orElse(opportunity.extra.tier, '') + '!'", 'Gold!'],
    ['orElse(opportunity.extra.score, 3)', 3],
    ["['pilot', 'Pilot'].exists(word, orElse(opportunity.name, '').contains(word))", true],
    ["['seats', 'of'].all(word, orElse(opportunity.name, '').contains(word))", true],
    ["size(orElse(opportunity.name, '')) + 1", 18],
    ["size(orElse(opportunity.name, '')) == 17", true],
    ['round(2.6)', 3],
  ])('%s is %j', (text, value) => {
    expect(run(text)).toBe(value)
  })

  test('money compares and counts in major units of company currency, to the minor unit', () => {
    expect(run('orElse(opportunity.arr, 0) > 24710.49')).toBe(true)
    expect(run('orElse(opportunity.arr, 0) > 24710.50')).toBe(false)
    expect(run('24710.50 <= orElse(opportunity.arr, 0)')).toBe(true)
    expect(run('orElse(opportunity.arr, 0) == 24710.50')).toBe(true)
    expect(run('orElse(opportunity.amount, 0) - orElse(opportunity.arr, 0)')).toBe(528950)
    expect(run('orElse(opportunity.arr, 0) * 2')).toBe(4942100)
    expect(run('orElse(opportunity.amount, 0) / orElse(opportunity.arr, 0) > 1.2')).toBe(true)
    expect(run('-orElse(opportunity.arr, 0)')).toBe(-2471050)
    expect(run('text(orElse(opportunity.arr, 0))')).toBe('24710.5')
  })

  test('days count in days', () => {
    expect(run('orElse(opportunity.closeOn, today) - today')).toBe(30)
    expect(run('today - 90')).toBe(TODAY - 90)
    expect(run('has(opportunity.closeOn) && opportunity.closeOn >= today + 30')).toBe(true)
    expect(run("today == day('2026-11-22')")).toBe(true)
    expect(run('month(today)')).toBe('2026-11')
    expect(run('quarter(today)')).toBe('2026-Q4')
    expect(run('year(today)')).toBe(2026)
  })

  test('quarters and years are the company’s: one that begins in February is named by the year in which it ends', () => {
    const inFebruary = new Expressions({ ...names, yearStart: 1 })
    const given = { names: { opportunity: OPPORTUNITY }, today: TODAY }
    expect(inFebruary.compile('quarter(today)').expression?.run(given)).toBe('FY2027-Q4')
    expect(inFebruary.compile('year(today)').expression?.run(given)).toBe(2027)
  })

  test('a thing that is unknown has no fields', () => {
    expect(run('has(owner.email)')).toBe(false)
    expect(run("orElse(owner.name, 'nobody')")).toBe('nobody')
    expect(run("orElse(owner.name, 'nobody')", { owner: { id: 'U1', name: 'Anna' } })).toBe('Anna')
  })

  test('whether it depends on the day, and which fields it reads, are known', () => {
    const { expression } = expressions.compile('opportunity.isOpen && orElse(opportunity.closeOn, today) > today')
    expect(expression).toMatchObject({
      usesToday: true,
      reads: ['opportunity.isOpen', 'opportunity.closeOn'],
      type: 'boolean',
    })
    expect(expressions.compile('opportunity.isOpen').expression?.usesToday).toBe(false)
  })

  test('a division by zero throws, for that item only', () => {
    expect(() => run('1 / (orElse(opportunity.seats, 0) - 50)')).toThrow('division by zero')
  })
})

describe('a field that can be empty must stand behind has() or in orElse()', () => {
  test.each([
    'has(opportunity.arr) && opportunity.arr > 5',
    'opportunity.arr > 5 && has(opportunity.arr)',
    '!has(opportunity.arr) || opportunity.arr > 5',
    'has(opportunity.arr) ? opportunity.arr > 5 : false',
    '!(has(opportunity.arr) && has(opportunity.amount)) || opportunity.arr > opportunity.amount',
    'orElse(opportunity.arr, 0) > 5',
    'opportunity.arr.orElse(0) > 5',
    'has(account.id) && account.isCustomer',
    'opportunity.isOpen',
  ])('fine: %s', (text) => {
    expect(problemsOf(text)).toEqual([])
    expect(() => run(text, { opportunity: { id: 'O1', isOpen: true } })).not.toThrow()
  })

  test.each([
    ['opportunity.arr > 5', 0],
    ['has(opportunity.amount) && opportunity.arr > 5', 28],
    ['has(opportunity.arr) || opportunity.arr > 5', 24],
    ['has(opportunity.arr) ? true : opportunity.arr > 5', 30],
    ['account.isCustomer', 0],
    ['has(account.id) && account.name == owner.name', 19],
  ])('not fine: %s', (text, offset) => {
    expect(problemsOf(text)[0]).toMatch(
      new RegExp(`^${offset} error may-be-empty: "[a-z.A-Z]+" can be empty | Write has`),
    )
  })
})

describe('what is refused, where, and what to write instead', () => {
  test.each<[string, string]>([
    [
      'oportunity.isOpen',
      '0 error unknown-name: "oportunity" is not in scope | Did you mean "opportunity"? Names in scope: opportunity, account, owner, today',
    ],
    [
      'opportunity.extra.teir == 1',
      '18 error unknown-field: No source mapping gives opportunity a field "extra.teir" | Did you mean "tier"? Further fields: tier, score',
    ],
    [
      "opportunity.state == 'wonn'",
      '21 error unknown-value: opportunity.state is never "wonn" | Did you mean "won"? Values: open, won, lost',
    ],
    [
      "'lst' == opportunity.state",
      '0 error unknown-value: opportunity.state is never "lst" | Did you mean "lost"? Values: open, won, lost',
    ],
    [
      "orElse(opportunity.kind, '') == 'renewl'",
      '32 error unknown-value: opportunity.kind is never "renewl" | Did you mean "renewal"? Values: new_business, expansion, renewal',
    ],
    [
      "opportunity.state in ['open', 'lst']",
      '30 error unknown-value: opportunity.state is never "lst" | Did you mean "lost"? Values: open, won, lost',
    ],
    ["today >= '2026-01-01'", "0 error wrong-type: A day >= text makes no sense | Write a day as day('2026-11-22')"],
    ["today >= day('2026-13-01')", '13 error bad-day: "2026-13-01" is no day | Write it as 2026-11-22'],
    ['opportunity.isOpen + 1', '0 error wrong-type: True or false + a number makes no sense'],
    [
      'opportunity.id.matches("a")',
      '15 error matches-refused: matches is not allowed: a regular expression can take forever | Use contains, startsWith or endsWith',
    ],
    [
      "['a'].exists(x, ['b'].exists(y, x == y))",
      '16 error nested-lists: exists stands inside another one | Write the inner condition out',
    ],
    [
      'opportunity.id.contains(3)',
      "15 error wrong-arguments: contains does not take text and a number | For example opportunity.name.contains('pilot')",
    ],
    ['has(1)', '0 error wrong-arguments: has takes one field | For example has(opportunity.closedOn)'],
    [
      "orElse(opportunity.arr, 'x') > 3",
      '24 error wrong-type: orElse of money needs money in place of an empty value, not text',
    ],
    [
      'opportunity.isOpen &&',
      "20 error expression-syntax: The expression ends too early | Expressions look like opportunity.isOpen && orElse(opportunity.arr, 0) > 10000; a fixed text stands in quotes: 'Pilot'",
    ],
    ['opportunity.isOpen AND opportunity.isWon', '19 error expression-syntax: "AND" is no operator | Write "&&"'],
    ["opportunity.state = 'open'", '18 error expression-syntax: "=" is no operator | Write "=="'],
    ['timestamp("2026-01-01T00:00:00Z")', '0 error unknown-function: "timestamp" is not a function'],
    ['opportunity.?arr', '12 error'],
  ])('%s', (text, problem) => {
    expect(problemsOf(text)[0]).toContain(problem)
  })

  test('a stage that model.yaml does not know is a warning: the CRM may have it', () => {
    const { expression, problems } = expressions.compile("orElse(opportunity.stage, '') == 'Closed Wonn'")
    expect(expression).not.toBeNull()
    expect(problems).toMatchObject([
      {
        level: 'warning',
        code: 'unexpected-value',
        hint: 'Did you mean "Closed Won"? Values: Prospecting, Closed Won',
      },
    ])
  })

  test('everything wrong is told at once', () => {
    expect(
      problemsOf("opportunity.isOpn || acount.isCustomer || opportunity.state == 'x' || haz(opportunity.arr)").length,
    ).toBe(4)
  })
})

test('the example of every function is a right expression', () => {
  for (const [name, { usage }] of Object.entries(FUNCTIONS)) {
    const guarded = `has(opportunity.name) && has(opportunity.arr) && has(opportunity.closeOn) && has(account.name) && has(opportunity.probability)`
    const text = usage.startsWith('lead.') ? usage.replace('lead.email', 'opportunity.name') : usage
    expect(`${name}: ${problemsOf(`${guarded} ? text(1) : ''`)}`).toBe(`${name}: `)
    const alone = expressions.compile(`${guarded} && (${text}) == (${text})`)
    expect(`${name}: ${alone.problems.map(({ message }) => message)}`).toBe(`${name}: `)
  }
})

test('100,000 simple conditions take well under a second', () => {
  const { expression } = expressions.compile('opportunity.isOpen && has(opportunity.arr) && opportunity.arr > 10000')
  const rows = Array.from({ length: 100_000 }, (_, i) => ({
    names: { opportunity: { id: 'O', isOpen: i % 2 === 0, arr: i * 100 } },
    today: TODAY,
  }))
  const started = performance.now()
  const count = rows.filter((row) => expression?.run(row) === true).length
  expect(count).toBe(44_999)
  expect(performance.now() - started).toBeLessThan(1000)
})
