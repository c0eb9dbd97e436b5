import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { ignoreClosedPipe } from '../../src/cli/closed-pipe.ts'
import { createOutput, type Output, renderTable, runCommand, wantsColors, worstExit } from '../../src/cli/output.ts'
import { type ExitCode, Fault } from '../../src/platform/errors.ts'
import { createRedactor } from '../../src/platform/redaction.ts'
import { Paper, Screen } from './screen.ts'

function house({ json = false, debug = false, env = {} as Record<string, string> } = {}) {
  const [stdout, stderr] = [new Paper(), new Paper()]
  const output = createOutput({ json, stdout, stderr, env })
  const redact = createRedactor(['the-secret-token']).text
  return {
    stdout,
    stderr,
    output,
    run: (action: Parameters<typeof runCommand>[1]) => runCommand({ output, stdout, redact, debug }, action),
  }
}

test('what moves on the terminal comes to rest before anything is said', () => {
  const { output, stdout, stderr } = house()
  const order: string[] = []
  output.beforeSaying(() => order.push(`rest, said so far: ${stdout.text}${stderr.text}`))
  output.say('a')
  output.note('b')
  output.table([{ title: 't' }], [['c']])
  output.problems([])
  expect(order).toEqual(['rest, said so far: ', 'rest, said so far: a\n', 'rest, said so far: a\nb\n'])
})

describe('how a command ends', () => {
  test('a command that says nothing about it exits with 0', async () => {
    const { run, stdout, stderr } = house()
    expect(await run(async () => undefined)).toBe(0)
    expect([stdout.text, stderr.text]).toEqual(['', ''])
  })

  test('a fault is printed as code, message and hint, and decides the exit code', async () => {
    const faults: readonly (readonly [Fault, ExitCode])[] = [
      [new Fault('a', 'x', { blame: 'operator' }), 1],
      [new Fault('a', 'x', { blame: 'remote' }), 75],
      [new Fault('a', 'x', { blame: 'operator', exit: 4 }), 4],
    ]
    for (const [fault, exit] of faults) expect(await house().run(() => Promise.reject(fault))).toBe(exit)

    const { run, stdout, stderr } = house()
    await run(async () => {
      throw new Fault('store-too-new', 'The store is at version 9', {
        blame: 'operator',
        hint: 'Run the newer program',
      })
    })
    expect(stdout.text).toBe('')
    expect(stderr.text).toBe('store-too-new: The store is at version 9\n  Run the newer program\n')
  })

  test('anything else that is thrown is a bug: short, with the way to the details', async () => {
    const { run, stderr } = house()
    const exit = await run(async () => {
      throw new TypeError('x is not a function\nsecond line')
    })
    expect(exit).toBe(1)
    expect(stderr.text).toMatchInlineSnapshot(`
      "bug: TypeError: x is not a function
        This is a mistake in boardsync, not in your setup: run the command again with DEBUG=1 and report what it prints
      "
    `)
    expect(await house().run(() => Promise.reject('a text'))).toBe(1)
  })

  test('DEBUG adds the stack and its causes', async () => {
    const { run, stderr } = house({ debug: true })
    await run(() => Promise.reject(new Error('outer', { cause: new Error('inner') })))
    expect(stderr.text).toMatch(/Error: outer\n\s+at .*output\.test\.ts/)
    expect(stderr.text).toContain('caused by Error: inner')
  })

  test('secrets are taken out of faults, bugs and stacks', async () => {
    for (const error of [
      new Fault('a', 'with the-secret-token', { blame: 'us', hint: 'or the-secret-token' }),
      new Error('with the-secret-token'),
    ]) {
      const { run, stderr, stdout } = house({ json: true, debug: true })
      await run(() => Promise.reject(error))
      expect(stderr.text + stdout.text).not.toContain('the-secret-token')
    }
  })

  test('a command finishes though whoever read its output has gone', () => {
    const stream = new EventEmitter()
    ignoreClosedPipe(stream)
    expect(() => stream.emit('error', Object.assign(new Error('closed'), { code: 'EPIPE' }))).not.toThrow()
    expect(() => stream.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' }))).toThrow('disk full')
  })

  test('the worst of several: 4, 3, 75, 1, 0', () => {
    expect(worstExit([0, 1, 75, 3, 4])).toBe(4)
    expect(worstExit([0, 1, 75, 3])).toBe(3)
    expect(worstExit([0, 1, 75])).toBe(75)
    expect(worstExit([0, 1])).toBe(1)
    expect(worstExit([0, 0])).toBe(0)
    expect(worstExit([])).toBe(0)
  })
})

describe('--json', () => {
  test('standard output carries one JSON object, and what people read goes to standard error', async () => {
    const { run, stdout, stderr } = house({ json: true })
    const exit = await run(async (output) => {
      output.say('Planned 3 changes')
      output.table([{ title: 'Board' }], [['deals']])
      output.problems([{ file: 'a.yaml', line: 1, column: 2, level: 'error', code: 'x', message: 'y' }])
      return { exit: 3, json: { planned: 3 } }
    })
    expect(exit).toBe(3)
    expect(stdout.text).toBe('{"planned":3}\n')
    expect(stderr.text).toContain('Planned 3 changes\nBoard\ndeals\na.yaml:1:2 error x: y')
  })

  test('a command with nothing to tell gives an empty object', async () => {
    const { run, stdout } = house({ json: true })
    await run(async () => undefined)
    expect(stdout.text).toBe('{}\n')
  })

  test('a fault is an object too', async () => {
    const { run, stdout } = house({ json: true })
    await run(() => Promise.reject(new Fault('monday-down', 'monday is down', { blame: 'remote' })))
    expect(JSON.parse(stdout.text)).toEqual({ error: { code: 'monday-down', message: 'monday is down' } })
    expect(stdout.text.split('\n')).toHaveLength(2)
  })
})

describe('problems', () => {
  const print = (output: Output) => {
    output.problems([
      {
        file: 'mappings/boards/deals.yaml',
        line: 12,
        column: 5,
        level: 'error',
        code: 'unknown-field',
        message: '"stagee" is not a field',
        hint: 'Did you mean "stage"?',
      },
      { variable: 'MONDAY_TOKEN', level: 'warning', code: 'config-unknown', message: 'nothing reads it' },
    ])
  }

  test('are printed in the form editors can jump to, with a count', () => {
    const { output, stdout } = house()
    print(output)
    expect(stdout.text).toMatchInlineSnapshot(`
      "mappings/boards/deals.yaml:12:5 error unknown-field: "stagee" is not a field
          Did you mean "stage"?
      MONDAY_TOKEN warning config-unknown: nothing reads it
      1 error, 1 warning
      "
    `)
  })

  test('none print nothing', () => {
    const { output, stdout } = house()
    output.problems([])
    expect(stdout.text).toBe('')
  })
})

describe('colours', () => {
  test('only on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise', () => {
    const [terminal, paper] = [new Screen(), new Paper()]
    expect(wantsColors(terminal, {})).toBe(true)
    expect(wantsColors(paper, {})).toBe(false)
    expect(wantsColors(terminal, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColors(terminal, { NO_COLOR: '' })).toBe(true)
    expect(wantsColors(terminal, { TERM: 'dumb' })).toBe(false)
    expect(wantsColors(paper, { FORCE_COLOR: '1' })).toBe(true)
    expect(wantsColors(terminal, { FORCE_COLOR: '0' })).toBe(false)
  })

  test('a painted fault reads the same without its colours', async () => {
    const { run, stderr } = house({ env: { FORCE_COLOR: '1' } })
    await run(() => Promise.reject(new Fault('a-code', 'costs $& more', { blame: 'us', hint: 'Do it' })))
    expect(stderr.text).toContain('\x1b[31ma-code\x1b[39m: costs $& more\n')
  })
})

describe('tables', () => {
  test('numbers stand right with thousands separators, texts left', () => {
    const table = renderTable(
      [{ title: 'Board' }, { title: 'Items' }, { title: 'Note' }],
      [
        ['deals', 24710, 'fresh'],
        ['leads', null, null],
        ['funnel', 5, 'old'],
      ],
    )
    expect(table).toMatchInlineSnapshot(`
      "Board    Items  Note
      deals   24,710  fresh
      leads
      funnel       5  old"
    `)
  })

  test('a table too wide for the terminal loses the ends of its widest texts, never digits', () => {
    const table = renderTable(
      [{ title: 'Name' }, { title: 'ARR' }],
      [['An account with a very long name indeed', 1234567890]],
      { width: 30 },
    )
    expect(table).toMatchInlineSnapshot(`
      "Name                       ARR
      An account wit…  1,234,567,890"
    `)
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(30)
  })

  test('a cell cannot break its row', () => {
    expect(renderTable([{ title: 'Name' }], [['Acme\nInc.\x1b[2J']])).toBe('Name\nAcme Inc.')
  })
})
