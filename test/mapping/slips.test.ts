import { describe, expect, test } from 'vitest'
import { BOARD, board, MODEL, parse, told } from './fixtures.ts'

/** What a board says with something in place of a line's part, each problem as `line message | hint`. */
function saidOf(files: Parameters<typeof parse>[0]): string[] {
  return parse(files).problems.map(({ line, message, hint = '' }) => `${line} ${message} | ${hint.split('. ')[0]}`)
}
const ARR = 'ARR: { type: numbers, value: opportunity.arr }'
const WHERE = 'where: opportunity.isOpen'
const NAME = "name: '{account.name}: {opportunity.name}'"

describe('what joins the parts of a field may be wrong, and the field is told', () => {
  test.each([
    ['opportunity-arr', 'opportunity.arr'],
    ['opportunity arr', 'opportunity.arr'],
    ['opportunity..arr', 'opportunity.arr'],
    ['opportunityarr', 'opportunity.arr'],
    ['opportunity.closed-on', 'opportunity.closedOn'],
    ['oportunity_closed on', 'opportunity.closedOn'],
  ])('%s', (written, meant) => {
    expect(saidOf({ board: board({ 'opportunity.arr': written }) })).toEqual([
      `8 "${written}" is not a field | Did you mean "${meant}"?`,
    ])
  })

  test('in braces, too', () => {
    const said = saidOf({ board: board({ '{account.name}': '{account_name}' }) })
    expect(said).toEqual(['4 "account_name" is no field | Did you mean "account.name"?'])
  })

  test('functions alike', () => {
    const said = saidOf({ board: board({ 'value: opportunity.arr': 'value: "or-else(opportunity.arr, 0)"' }) })
    expect(said).toEqual(['8 "or-else" is not a function | Did you mean "orElse"?'])
    expect(saidOf({ board: board({ [WHERE]: 'where: as(opportunity.arr)' }) })[0]).toContain('Did you mean "has"')
  })

  test('where name and field are both misspelt, both are told', () => {
    const [said] = saidOf({ board: board({ 'opportunity.arr': 'oportunity.amuont' }) })
    expect(said).toBe(
      '8 "oportunity" is not in scope | Did you mean "opportunity.amount"? Names in scope: opportunity, account, owner, today',
    )
  })
})

test('every value that an expression can give is known: groups and cases that name another are told', () => {
  const grouped = board({
    'group: { by: opportunity.funnelStage, order: [lead, opportunity, won, expansion, lost] }':
      'group: { by: "opportunity.isOpen ? opportunity.funnelStage : \'over\'", order: [won, ovr], titles: { over: Over } }',
  })
  const cases = `today: 2026-11-22
cases:
  - name: one
    records: { opportunity: [{ id: O1, stage: Prospectign, kind: renewel }] }
    items: [{ key: O1, group: Ovre, cells: { Overdue: fasle } }]
`
  const files = {
    board: `${grouped}  Overdue: { type: checkbox, value: opportunity.isOverdue }\n`,
    more: { 'boards/deals.test.yaml': cases },
  }
  expect(saidOf(files)).toEqual([
    '4 model.yaml knows no stage "Prospectign" | Did you mean "Prospecting"? Stages: Prospecting, Closed Won, Closed Lost',
    '4 "renewel" is not a value of opportunity > kind | Did you mean "renewal"? Values: new_business, expansion, renewal',
    '5 The board has no group "Ovre" | Did you mean "Over" or "ovr"? Groups: won, ovr, lead, opportunity, expansion, lost, Over, Other',
    '5 "fasle" is not a value of the column "Overdue" | Did you mean "false"? Values: true, false',
    '5 "ovr" is not a value of group > by | Did you mean "over"? Values: lead, opportunity, won, expansion, lost, over',
  ])
})

describe('YAML that means something else than a person does', () => {
  test.each<[string, Record<string, string>, string]>([
    [
      '! at the beginning',
      { [WHERE]: 'where: !opportunity.isWon' },
      "3 A value begins with !, which means something else in YAML | Put the value in quotes: '!opportunity.isWon'",
    ],
    [
      '* at the beginning',
      { 'value: opportunity.arr': 'value: *arr' },
      "8 A value begins with *, which means something else in YAML | Put the value in quotes: '*arr'",
    ],
    [
      'a merge of nothing',
      { [ARR]: 'ARR: { <<: *money, type: numbers }' },
      "8 A value begins with *, which means something else in YAML | Put the value in quotes: '*money'",
    ],
    [
      'an alias of what holds it',
      { [ARR]: 'ARR: &a { type: numbers, value: *a }' },
      "8 A value begins with *, which means something else in YAML | Put the value in quotes: '*a'",
    ],
    [
      'curly quotes',
      { [NAME]: 'name: “{account.name}: {opportunity.name}”' },
      "4 “ is no quote that YAML knows | Write ' in its place, before and after the text",
    ],
    [
      'a no-break space',
      { 'items: opportunity': 'items:\u00a0opportunity' },
      '2 A blank here is none that YAML knows, but one that web pages and word processors put in its place | Delete the blanks here and type them again',
    ],
    [
      'too little indentation',
      { [`  Stage:`]: 'Stage:' },
      '8 The line begins after 2 blanks, those around it after none | Keys of the same level must begin in the same column',
    ],
    [
      'too much indentation',
      { [`  ARR:`]: '    ARR:' },
      '8 The line begins after 4 blanks, those around it after 2 blanks | Keys of the same level must begin in the same column',
    ],
    [
      'round brackets',
      { [ARR]: 'ARR: ( type: numbers, value: opportunity.arr )' },
      '8 A group of keys does not stand in ( ) | Write { and } in their place',
    ],
    [
      'a semicolon',
      { [ARR]: 'ARR: { type: numbers; value: opportunity.arr }' },
      '8 Between { and } something other than a comma stands between two keys | Write a comma between them: { type: numbers, value: opportunity.arr }; put a text that holds a colon in quotes',
    ],
    [
      'a comma forgotten where { } goes over two lines',
      { [ARR]: 'ARR: { type: numbers, unit: { symbol: "$" } # as is\n          value: opportunity.arr }' },
      '8 Between { and } a comma is missing at the end of this line | Write a comma behind each key and its value, the last one apart: { type: numbers, value: opportunity.arr }',
    ],
    [
      'a comma forgotten behind a value without quotes',
      { [ARR]: 'ARR: { type: numbers\n          value: opportunity.arr }' },
      '8 Between { and } a comma is missing at the end of this line | Write a comma behind each key and its value, the last one apart: { type: numbers, value: opportunity.arr }',
    ],
    [
      'no blank in { }',
      { 'type: numbers': 'type:numbers' },
      '8 A blank is missing after the colon of "type" | Write "type: numbers"',
    ],
    [
      'one } too many',
      { 'opportunity.arr }': 'opportunity.arr }}' },
      '8 A } closes nothing | Remove it, or write what it should close',
    ],
    [
      'a glued comment',
      { 'opportunity.arr }': 'opportunity.arr }#money' },
      '8 A comment begins without a blank before it | Write a blank before the #',
    ],
    [
      'a merge not finished',
      { [WHERE]: `<<<<<<< HEAD\n${WHERE}\n=======\n>>>>>>> main` },
      '3 A merge left its marks here | Keep one of the two sides, and remove the lines with <<<<<<<, ======= and >>>>>>>',
    ],
    [
      'braces around a field',
      { 'value: opportunity.arr': 'value: {opportunity.arr}' },
      '8 "value" must be text or a number or true or false, but is a group of keys | Write it without braces: value: opportunity.arr',
    ],
  ])('%s', (_, lines, said) => {
    expect(saidOf({ board: board(lines) })).toEqual([said])
  })

  test('a list whose - is missing, and a - without its blank', () => {
    const stage = '    - { name: Prospecting'
    expect(saidOf({ model: MODEL.replace(stage, '      { name: Prospecting') })[0]).toContain(
      '4 The - of the list is missing',
    )
    expect(saidOf({ model: MODEL.replace(stage, '    -{ name: Prospecting') })[0]).toContain(
      '4 A blank is missing after the -',
    )
  })

  test('files with CRLF and a byte order mark are like others', () => {
    const text = `\ufeff${BOARD.replace('opportunity.arr', 'opportunity.arrr')}`.replaceAll('\n', '\r\n')
    expect(saidOf({ board: text })[0]).toMatch(/^8 "arrr" is not a field of opportunity \| Did you mean "arr"\?/)
  })
})

describe('expressions as people know them from elsewhere', () => {
  test.each([
    ["opportunity.stage <> 'Won'", '"<>" is no operator | Write "!="'],
    ['opportunity.isOpen === true', '"===" is no operator | Write "=="'],
    [
      "account.segment in ('smb', 'enterprise')",
      "A list does not stand in ( ) | Write [ and ]: account.segment in ['smb', 'enterprise']",
    ],
    [
      'orElse(opportunity.arr, 0) > 10.000,00',
      '"10.000,00" is no number | Write digits alone, with a point before decimals: 10000 or 0.25',
    ],
    [
      'orElse(opportunity.arr, 0) > $10000',
      '"$10000" is no number | Write digits alone, with a point before decimals: 10000 or 0.25',
    ],
    [
      'orElse(opportunity.stage, ‘’) == ‘Won’',
      "‘ is no quote that expressions know | Write ' in its place, before and after the text",
    ],
    ['has(opportunity.closeOn && opportunity.isOpen', 'A ( is opened and never closed | Close it with )'],
    [
      'has(opportunity.closeOn)) && opportunity.isOpen',
      'A ) closes nothing | Remove it, or write the ( that it should close',
    ],
    ['orElse(opportunity.closeOn, today) < today()', '"today" is not a function | Write today, without brackets'],
    [
      'orElse(opportunity.closeOn, today) < today - 90 days',
      '"90 days" cannot be read | Days are counted by plain numbers: today - 90',
    ],
    [
      'orElse(opportunity.closeOn, today) < 2026-01-01',
      "A day < a number makes no sense | Write a day as day('2026-11-22')",
    ],
    [
      "orElse(opportunity.stage, '') == Prospecting",
      `"Prospecting" is not in scope | A fixed text stands in quotes: 'Prospecting'`,
    ],
    [
      'isOpen',
      '"isOpen" is not in scope | Did you mean "opportunity.isOpen"? Names in scope: opportunity, account, owner, today',
    ],
    [
      'opportunity.arr IS NOT NULL',
      '"IS NOT NULL" cannot be read | Write has(opportunity.arr) where it has a value, !has(opportunity.arr) where it has none',
    ],
    [
      "opportunity.name LIKE '%x%'",
      "\"LIKE\" does not stand between two values | Write orElse(opportunity.name, '').contains('pilot'), or startsWith or endsWith in its place",
    ],
    ['IF(opportunity.isOpen, true, false)', '"IF" is not a function | Write condition ? value : other value'],
  ])('%s', (where, said) => {
    expect(saidOf({ board: board({ [WHERE]: `where: ${JSON.stringify(where)}` }) })).toEqual([`3 ${said}`])
  })

  test('a field in a text that has no braces at all is no text', () => {
    const [said] = saidOf({ board: board({ [NAME]: "name: 'Deal [opportunity.name]'" }) })
    expect(said).toContain("For the field, put it in braces: '{opportunity.name}'")
  })
})

test('what stands behind a value of a list that was left out is told at its own line', () => {
  const leads = `leads:
  routes:
    - { to: }
    - { icp: true, to: sdr, country: [US] }
    - { icp: true, to: sdr, country: [US, Sweden] }
    - { icp: maybe, to: qqqq }
    - { icp: true, to: sdrr }
`
  expect(told(parse({ model: `${MODEL}${leads}` })).map((text) => text.split(':')[1])).toEqual([
    '9',
    '11',
    '12',
    '12',
    '13',
  ])
})

test('of what sources decide together, the kinds that there are are named', () => {
  const [said] = saidOf({ model: `${MODEL}leading: { oportunity: salesforce }\n` })
  expect(said).toMatch(/^7 "oportunity" is not a key of leading \| Did you mean "opportunity"\?/)
})

test('of two model files neither is taken without a word, and a value of a list is told by its number', () => {
  const model = MODEL.replace('{ name: Closed Lost, funnelStage: lost }', 'Closed Lost')
  expect(saidOf({ model, more: { 'model.yml': MODEL } })).toEqual([
    '6 No. 3 of stages > salesforce must be a group of keys, but is "Closed Lost" | For example - {"name":"Negotiation/Review","funnelStage":"opportunity"}',
    '1 There is another model file: model.yaml | Keep one of the two, and remove or rename the other',
  ])
})
