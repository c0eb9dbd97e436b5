import { describe, expect, test } from 'vitest'
import type { LogLevel } from '../../src/platform/config.ts'
import { type BoundLog, createLog } from '../../src/platform/logging.ts'
import { createRedactor } from '../../src/platform/redaction.ts'

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.monday-token'

function logInto(lines: string[], level: LogLevel = 'debug'): BoundLog {
  return createLog({ level, redactor: createRedactor([TOKEN]), write: (line) => lines.push(line) })
}

/** What `say` wrote, as text and as objects. */
function written(say: (log: BoundLog) => void, level?: LogLevel) {
  const lines: string[] = []
  say(logInto(lines, level))
  return { text: lines.join(''), lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

test('a line is one JSON object: level in words, time as an instant, the fields, the message', () => {
  const { text, lines } = written((log) =>
    log.info({ step: 'pull', source: 'salesforce', records: 20, ms: 1.5 }, 'pulled'),
  )
  expect(text).toMatch(/^\{.*\}\n$/)
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.any(String),
      step: 'pull',
      source: 'salesforce',
      records: 20,
      ms: 1.5,
      msg: 'pulled',
    },
  ])
  expect(new Date(String(lines[0]?.time)).toISOString()).toBe(lines[0]?.time)
})

test('a child adds its fields to each line, and its own child adds to those', () => {
  const { lines } = written((log) => {
    const run = log.child({ run: 'r1' })
    run.child({ step: 'apply' }).warn({ board: 'deals' }, 'limited')
    run.info({}, 'done')
    log.info({}, 'outside')
  })
  expect(lines.map(({ time: _time, ...line }) => line)).toEqual([
    { level: 'warn', run: 'r1', step: 'apply', board: 'deals', msg: 'limited' },
    { level: 'info', run: 'r1', msg: 'done' },
    { level: 'info', msg: 'outside' },
  ])
})

test('lines below the level are not written', () => {
  const say = (log: BoundLog) => {
    log.debug({}, 'a')
    log.info({}, 'b')
    log.warn({}, 'c')
    log.error({}, 'd')
  }
  expect(written(say, 'warn').lines.map((line) => line.msg)).toEqual(['c', 'd'])
  expect(written(say, 'silent').lines).toEqual([])
})

describe('secrets and e-mail addresses never appear', () => {
  const hidden = [TOKEN, encodeURIComponent(TOKEN), 'ada@acme.example', "o'neil@bücher.example", 'hunter2-password']
  const ways: readonly (readonly [name: string, say: (log: BoundLog) => void])[] = [
    ['in the message', (log) => log.info({}, `sent ${TOKEN} for ada@acme.example`)],
    ['in a field', (log) => log.info({ note: `token is ${TOKEN}`, who: 'ada@acme.example' }, 'x')],
    ['under a key that names it', (log) => log.info({ password: 'hunter2-password', ownerEmail: 'x@y.example' }, 'x')],
    ['deep inside', (log) => log.info({ a: [{ b: { c: `<o'neil@bücher.example>`, authorization: TOKEN } }] }, 'x')],
    ['as a key', (log) => log.info({ missing: { 'ada@acme.example': 1 } }, 'x')],
    ['in an address', (log) => log.info({ url: `https://x.example/?t=${encodeURIComponent(TOKEN)}` }, 'x')],
    ['in a child', (log) => log.child({ user: 'ada@acme.example', token: TOKEN }).info({}, 'x')],
    ['in an error', (log) => log.error({ error: new Error(`401 for ada@acme.example with ${TOKEN}`) }, 'x')],
    [
      'in the cause of an error',
      (log) => log.error({ err: new Error('x', { cause: new Error(`Bearer ${TOKEN} ada@acme.example`) }) }, 'x'),
    ],
  ]
  test.each(ways)('%s', (_name, say) => {
    const { text, lines } = written(say)
    expect(lines).toHaveLength(1)
    for (const one of hidden) expect(text).not.toContain(one)
    expect(text).toMatch(/\[redacted\]|\[e-mail\]/)
  })
})

test('an error is written with its name, code and message, without its stack', () => {
  const { lines } = written((log) => log.error({ error: Object.assign(new TypeError('no'), { code: 'E1' }) }, 'x'))
  expect(lines[0]?.error).toEqual({ name: 'TypeError', code: 'E1', message: 'no' })
})
