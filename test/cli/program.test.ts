import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'boardsync-program-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Runs a command line in this process, with nothing set but what is given. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  for (const name of Object.keys(process.env))
    if (/^(SALESFORCE|MONDAY|BOARDSYNC)_/.test(name)) vi.stubEnv(name, undefined)
  vi.stubEnv('DATABASE_URL', `sqlite:${path.join(folder, 'none.db')}`)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      texts[name] += String(text)
      return true
    })
  }
  const code = await runProgram(['node', 'boardsync', ...args])
  vi.restoreAllMocks()
  return { code, ...texts }
}

describe('wrong usage is told as every other error is', () => {
  test.for([
    [['synk'], 'Unknown command "synk"', 'Did you mean "sync"? Run boardsync --help to see what there is'],
    [['plan', '--bogus'], 'Unknown option "--bogus"', 'Run boardsync plan --help to see what there is'],
    [['explain', 'deals'], 'Missing required argument "key"', 'Run boardsync explain --help to see what there is'],
    [['runs', '--last', 'x'], '--last is "x"', 'Give --last a whole number of at least 1'],
    [['runs', '--last', '-1'], '--last is "-1"', 'Give --last a whole number of at least 1'],
    [['demo', '--port', '1.5'], '--port is "1.5"', 'Give --port a whole number'],
  ] as const)('%s', async ([args, message, hint]) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: `usage: ${message}\n  ${hint}\n` })
  })

  test('with --json it is one object', async () => {
    const { code, stdout } = await run(['synk', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'usage',
        message: 'Unknown command "synk"',
        hint: 'Did you mean "sync"? Run boardsync --help to see what there is',
      },
    })
  })

  test('no command at all prints the help and is wrong usage', async () => {
    const { code, stderr } = await run([])
    expect(code).toBe(2)
    expect(stderr).toContain('Usage: boardsync <command> [options]')
    expect(stderr).toContain('The way to go: init, lint, check, pull, plan, apply; then start.')
  })

  test('--help and --version are no mistakes', async () => {
    expect((await run(['--help'])).code).toBe(0)
    expect((await run(['plan', '--help'])).stdout).toContain('boardsync plan deals --all')
    expect(await run(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' })
  })
})

describe('what is missing is named', () => {
  test('everything that a run lacks is named at once', async () => {
    const { code, stderr } = await run(['sync'])
    expect(code).toBe(1)
    expect(stderr).toMatchInlineSnapshot(`
      "not-configured: A mapping reads Salesforce and the environment holds no credentials for it; A mapping shows a monday board and the environment holds no monday token
        Set for client credentials SALESFORCE_LOGIN_URL, SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET; or for a JWT SALESFORCE_CLIENT_ID, SALESFORCE_USERNAME, SALESFORCE_PRIVATE_KEY; or for a given token SALESFORCE_INSTANCE_URL, SALESFORCE_ACCESS_TOKEN (each secret may stand in a file that its …_FILE twin names)
        Set MONDAY_API_TOKEN (or MONDAY_API_TOKEN_FILE): in monday, your picture > Developers > API token
      "
    `)
  })

  test('check names what lacks credentials as one finding among others', async () => {
    const { code, stdout } = await run(['check', '--json'])
    expect(code).toBe(1)
    const { checked } = JSON.parse(stdout) as { checked: { subject: string; problems: { code: string }[] }[] }
    expect(checked.map(({ subject, problems }) => `${subject} ${problems.map(({ code }) => code)}`)).toEqual([
      'salesforce salesforce-not-configured',
      'accounts monday-not-configured',
      'arr-accounts monday-not-configured',
      'arr monday-not-configured',
      'books monday-not-configured',
      'bucket-accounts monday-not-configured',
      'buckets monday-not-configured',
      'deals monday-not-configured',
      'feature-deals monday-not-configured',
      'features monday-not-configured',
      'forecast monday-not-configured',
      'funnel monday-not-configured',
      'leads monday-not-configured',
      'must-win monday-not-configured',
      'pipeline monday-not-configured',
      'priorities monday-not-configured',
      'scoreboard monday-not-configured',
      'seat-ladder monday-not-configured',
      'themes monday-not-configured',
    ])
    expect((await run(['check'])).stdout).toContain(
      '✗ accounts, arr-accounts, arr, books, bucket-accounts, buckets, deals, feature-deals, features, forecast, funnel, leads, must-win, pipeline, priorities, scoreboard, seat-ladder, themes\n    monday-not-configured: ',
    )
  })

  test.for(['status', 'runs', 'rejected', 'refused'])('%s makes no store where there is none', async (command) => {
    expect(await run([command])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^store-missing: Nothing was read or written yet: there is no store at .*none\.db\n/,
      ),
    })
  })

  test('a mapping folder that is missing is told with the way to one', async () => {
    const { code, stderr } = await run(['lint', path.join(folder, 'nowhere')])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^mappings-missing: .*cannot be read\n {2}.*or run boardsync init\n$/)
  })

  test('with no mapping to use, every problem is printed', async () => {
    const own = mkdtempSync(path.join(folder, 'broken-'))
    writeFileSync(path.join(own, 'model.yaml'), 'company: { currency: Dollars }\n')
    const { code, stdout, stderr } = await run(['plan'], { BOARDSYNC_MAPPINGS: own })
    expect(code).toBe(1)
    expect(stdout).toMatch(/model\.yaml:1:\d+ error /)
    expect(stderr).toMatch(/^mappings-broken: No mapping in .* can be used while these problems stand\n/)
  })

  test('mistakes in the environment are all printed before anything is done', async () => {
    const env = { BOARDSYNC_LOG_LEVEL: 'loud', MONDAY_API_URL: 'foo', MONDAY_API_TOKEN: 'x' }
    for (const command of ['sync', 'start']) {
      const { code, stdout, stderr } = await run([command], env)
      expect(code).toBe(1)
      expect(stdout).toContain('BOARDSYNC_LOG_LEVEL error config-value')
      expect(stdout).toContain('MONDAY_API_URL error config-value')
      expect(stderr).toMatch(/^config-broken: The environment has 2 problems\n/)
    }
  })
})
