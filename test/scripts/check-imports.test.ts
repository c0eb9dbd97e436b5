import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { checkImports, formatViolation } from '../../scripts/check-imports.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/check-imports.ts', import.meta.url))

const roots: string[] = []
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

/** A `src` folder with these files. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'check-imports-'))
  roots.push(root)
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(root, 'src', file)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, text)
  }
  return path.join(root, 'src')
}

/** `file:line:column code` of each violation. */
function found(files: Readonly<Record<string, string>>): string[] {
  return checkImports(tree(files)).map((v) => `${v.file}:${v.line}:${v.column} ${v.code}`)
}

describe('the ladder', () => {
  const refused: readonly (readonly [from: string, to: string])[] = [
    ['platform/a.ts', '../domain/day.ts'],
    ['domain/a.ts', '../platform/errors.ts'],
    ['source/a.ts', '../board/board.ts'],
    ['board/a.ts', '../source/source.ts'],
    ['store/a.ts', '../domain/day.ts'],
    ['plan/a.ts', '../store/store.ts'],
    ['mapping/a.ts', '../store/store.ts'],
    ['sync/a.ts', '../sandbox/sandbox.ts'],
    ['sync/a.ts', '../cli/output.ts'],
    ['web/a.ts', '../sync/run.ts'],
    ['web/a.ts', '../source/source.ts'],
    ['sandbox/a.ts', '../domain/day.ts'],
    ['dashboard/a.ts', '../domain/day.ts'],
  ]
  test.each(refused)('%s may not import %s, not even its types', (from, to) => {
    expect(found({ [from]: `import { x } from '${to}'\nx()` })).toEqual([`src/${from}:1:1 ladder`])
    expect(found({ [from]: `import type { X } from '${to}'\nexport type Y = X` })).toEqual([`src/${from}:1:1 ladder`])
    expect(found({ [from]: `export type Y = import('${to}').X` })).toEqual([`src/${from}:1:17 ladder`])
  })

  const allowed: readonly (readonly [from: string, to: string])[] = [
    ['source/a.ts', '../platform/errors.ts'],
    ['board/a.ts', '../platform/errors.ts'],
    ['dashboard/a.ts', '../platform/errors.ts'],
    ['mapping/a.ts', '../domain/day.ts'],
    ['sync/a.ts', '../dashboard/dashboard.ts'],
    ['sandbox/a.ts', '../platform/errors.ts'],
    ['cli/a.ts', '../sandbox/sandbox.ts'],
    ['cli/a.ts', '../web/server.ts'],
    ['domain/funnel/a.ts', '../day.ts'],
  ]
  test.each(allowed)('%s may import %s', (from, to) => {
    expect(found({ [from]: `import { x } from '${to}'\nx()` })).toEqual([])
  })

  const typesOnly: readonly (readonly [from: string, to: string])[] = [
    ['store/a.ts', '../source/source.ts'],
    ['store/a.ts', '../board/board.ts'],
    ['plan/a.ts', '../board/board.ts'],
    ['mapping/a.ts', '../plan/desired.ts'],
    ['mapping/a.ts', '../source/source.ts'],
    ['web/a.ts', '../dashboard/dashboard.ts'],
  ]
  test.each(typesOnly)('%s may import types of %s, and no values', (from, to) => {
    expect(found({ [from]: `import type { X } from '${to}'\nexport type Y = X` })).toEqual([])
    expect(found({ [from]: `export type { X } from '${to}'` })).toEqual([])
    expect(found({ [from]: `export type * from '${to}'` })).toEqual([])
    expect(found({ [from]: `export type Y = import('${to}').X` })).toEqual([])
    const values = [
      `import { x } from '${to}'`,
      `import { type X, x } from '${to}'`,
      `import * as all from '${to}'`,
      `import '${to}'`,
      `export { x } from '${to}'`,
      `export * from '${to}'`,
      `export const x = await import('${to}')`,
      `export const x = new Worker(new URL('${to}', import.meta.url))`,
    ]
    for (const value of values) {
      const codes = checkImports(tree({ [from]: value })).map((v) => v.code)
      expect([value, ...codes]).toEqual([value, 'types-only'])
    }
  })

  test('names marked `type` one by one still load the module, and the hint says so', () => {
    const [violation] = checkImports(tree({ 'store/a.ts': "import { type Cursor } from '../source/source.ts'" }))
    expect(violation && formatViolation(violation)).toMatchInlineSnapshot(`
      "src/store/a.ts:1:1 types-only: store/ may import types of source/ and this import of "../source/source.ts" loads it
          Write \`import type { … }\`: with each name marked \`type\` on its own, the module is still loaded"
    `)
  })

  test('the message names both folders and what may be imported instead', () => {
    const [violation] = checkImports(tree({ 'plan/a.ts': "\n  import { x } from '../store/store.ts'" }))
    expect(violation && formatViolation(violation)).toMatchInlineSnapshot(`
      "src/plan/a.ts:2:3 ladder: plan/ may not import store/ (here "../store/store.ts")
          plan/ may import platform/, types of board/; pass the rest in as an argument"
    `)
  })

  test('an import inside a comment or a string is none', () => {
    expect(
      found({ 'domain/a.ts': "// import { x } from '../store/store.ts'\nexport const s = `import '../store/a.ts'`" }),
    ).toEqual([])
  })

  test('an import whose path is an expression is refused, because it cannot be checked', () => {
    expect(found({ 'sync/a.ts': 'export const load = (name: string) => import("../" + name)' })).toEqual([
      'src/sync/a.ts:1:39 import-not-literal',
    ])
    expect(found({ 'sync/a.ts': 'export const load = () => import(`../platform/log.ts`)' })).toEqual([])
  })

  test('nothing is imported by its place on this machine', () => {
    for (const to of ['/etc/passwd.ts', 'file:///etc/passwd.ts']) {
      expect(found({ 'cli/a.ts': `import '${to}'` })).toEqual(['src/cli/a.ts:1:1 outside-src'])
    }
  })

  test('nothing outside src is imported, tests least of all', () => {
    expect(found({ 'cli/a.ts': "import { anOpportunity } from '../../test/builders.ts'\nanOpportunity()" })).toEqual([
      'src/cli/a.ts:1:1 outside-src',
    ])
    expect(found({ 'cli/a.ts': "import pkg from '../../package.json' with { type: 'json' }\npkg" })).toEqual([
      'src/cli/a.ts:1:1 outside-src',
    ])
  })
})

describe('folders and files', () => {
  test('a folder the ladder does not know is refused', () => {
    expect(found({ 'jobs/a.ts': 'export const a = 1' })).toEqual(['src/jobs/a.ts:1:1 unknown-folder'])
    expect(found({ 'constructor/a.ts': 'export const a = 1' })).toEqual(['src/constructor/a.ts:1:1 unknown-folder'])
  })

  test('a file beside the folders is refused', () => {
    expect(found({ 'main.ts': 'export const a = 1' })).toEqual(['src/main.ts:1:1 loose-file'])
  })

  test.each(['utils', 'helpers', 'common'])('a folder called %s is refused', (name) => {
    expect(found({ [`sync/${name}/a.ts`]: '' })).toEqual([`src/sync/${name}/a.ts:1:1 nameless-folder`])
  })

  test.each(['types', 'utils', 'helpers'])('a file called %s.ts is refused', (name) => {
    expect(found({ [`sync/${name}.ts`]: '' })).toEqual([`src/sync/${name}.ts:1:1 nameless-file`])
  })

  test('a barrel is refused', () => {
    expect(found({ 'board/index.ts': "export * from './board.ts'" })).toEqual(['src/board/index.ts:1:1 barrel'])
  })

  test('a default export is refused in each of its spellings', () => {
    for (const text of [
      'export default 1',
      'const a = 1\nexport { a as default }',
      "export { default } from './b.ts'",
    ]) {
      expect(checkImports(tree({ 'sync/a.ts': text })).map((v) => v.code)).toEqual(['default-export'])
    }
  })

  test('a file that does not parse is a violation, not a file without imports', () => {
    expect(found({ 'sync/a.ts': 'import { from' })[0]).toMatch(/^src\/sync\/a\.ts:1:\d+ unreadable$/)
  })

  test('a JavaScript file is held to the same rules', () => {
    expect(found({ 'domain/a.mjs': "import '../store/store.ts'" })).toEqual(['src/domain/a.mjs:1:1 ladder'])
  })
})

describe('adapters', () => {
  test('an adapter never imports another adapter, not even its types', () => {
    expect(found({ 'source/salesforce/a.ts': "import { x } from '../files/b.ts'\nx()" })).toEqual([
      'src/source/salesforce/a.ts:1:1 adapter-imports-adapter',
    ])
    expect(found({ 'board/monday/a.ts': "import type { X } from '../memory-board.ts'\nexport type Y = X" })).toEqual([
      'src/board/monday/a.ts:1:1 adapter-imports-adapter',
    ])
  })

  test('an adapter imports its contract, what lies beside it, and its own files', () => {
    expect(
      found({
        'source/salesforce/a.ts': "import type { Source } from '../source.ts'\nimport { b } from './b.ts'\nb as Source",
        'board/memory-board.ts': "import type { Board } from './board.ts'\nexport const b = {} as Board",
      }),
    ).toEqual([])
  })

  test('only cli names an adapter', () => {
    expect(found({ 'sync/a.ts': "import { x } from '../source/salesforce/salesforce-source.ts'\nx()" })).toEqual([
      'src/sync/a.ts:1:1 adapter-named',
    ])
    expect(found({ 'source/source.ts': "import { x } from './memory-source.ts'\nx()" })).toEqual([
      'src/source/source.ts:1:1 adapter-named',
    ])
    expect(found({ 'cli/wire.ts': "import { x } from '../source/salesforce/salesforce-source.ts'\nx()" })).toEqual([])
  })

  test("a vendor's kit is known to that vendor's adapters only", () => {
    const text = "import { Connection } from 'jsforce'\nConnection"
    expect(found({ 'source/salesforce/a.ts': text })).toEqual([])
    expect(found({ 'source/hubspot/a.ts': text })).toEqual(['src/source/hubspot/a.ts:1:1 vendor-sdk'])
    expect(found({ 'sandbox/salesforce/a.ts': text })).toEqual(['src/sandbox/salesforce/a.ts:1:1 vendor-sdk'])
    expect(
      found({ 'source/salesforce/a.ts': "import type { X } from '@mondaydotcomorg/api'\nexport type Y = X" }),
    ).toEqual(['src/source/salesforce/a.ts:1:1 vendor-sdk'])
  })
})

describe('pure folders', () => {
  test.each(['domain', 'plan', 'mapping'])('%s reads no files, sockets or databases', (folder) => {
    for (const module of [
      'node:fs',
      'fs',
      'node:fs/promises',
      'node:sqlite',
      'node:http',
      'node:worker_threads',
      'axios',
    ]) {
      const violations = checkImports(tree({ [`${folder}/a.ts`]: `import { x } from '${module}'\nx()` }))
      expect([module, ...violations.map((v) => v.code)]).toEqual([module, 'pure-folder'])
    }
  })

  test('hashing is pure; the rest of node:crypto is not', () => {
    expect(found({ 'plan/a.ts': "import { createHash } from 'node:crypto'\ncreateHash('sha256')" })).toEqual([])
    expect(found({ 'plan/a.ts': "import { createHash, randomUUID } from 'node:crypto'\nrandomUUID()" })).toEqual([
      'src/plan/a.ts:1:1 pure-folder',
    ])
    expect(found({ 'plan/a.ts': "import * as crypto from 'node:crypto'\ncrypto.randomUUID()" })).toEqual([
      'src/plan/a.ts:1:1 pure-folder',
    ])
  })

  test('what only computes is pure', () => {
    for (const module of ['node:path', 'node:path/posix', 'util', 'node:assert/strict']) {
      expect(found({ 'mapping/a.ts': `import * as all from '${module}'\nall` })).toEqual([])
    }
  })

  test('mapping/load.ts is the door through which files come in', () => {
    expect(found({ 'mapping/load.ts': "import { readFileSync } from 'node:fs'\nreadFileSync('x')" })).toEqual([])
  })
})

describe('time, chance, environment, console', () => {
  const uses: readonly (readonly [text: string, name: string])[] = [
    ['process.env.HOME', 'process.env'],
    ["process['env']", 'process.env'],
    ['globalThis.process.env', 'process.env'],
    ['const { env } = process', 'process.env'],
    ['Date.now()', 'Date.now'],
    ['new Date()', 'new Date()'],
    ['Date()', 'Date()'],
    ['Math.random()', 'Math.random'],
    ['performance.now()', 'performance.now'],
    ["console.log('x')", 'console'],
    ['const log = console', 'console'],
    ["import { env } from 'node:process'", 'node:process'],
  ]
  test.each(uses)('`%s` is refused outside cli, platform and sandbox', (text, name) => {
    const violations = checkImports(tree({ 'sync/a.ts': text }))
    expect(violations.map((v) => `${v.code}: ${v.message}`)).toEqual([`banned-global: ${name} is used in sync/`])
    for (const folder of ['cli', 'platform', 'sandbox']) expect(found({ [`${folder}/a.ts`]: text })).toEqual([])
  })

  test.each([
    'new Date(0)',
    'const a = { console: 1, now: 2 }\na.console',
    'export interface Clock { now(): number; console: string }',
    'clock.now()',
    'Math.max(1, 2)',
    'process.memoryUsage()',
  ])('`%s` is not', (text) => {
    expect(found({ 'sync/a.ts': text })).toEqual([])
  })
})

describe('the command', () => {
  const run = (src: string) => spawnSync(process.execPath, [SCRIPT, src], { encoding: 'utf8' })

  test('exits 1 and prints place, code, message and hint of every violation', () => {
    const result = run(tree({ 'domain/a.ts': "import '../store/store.ts'\nDate.now()" }))
    expect(result.status).toBe(1)
    expect(result.stdout).toMatchInlineSnapshot(`
      "src/domain/a.ts:1:1 ladder: domain/ may not import store/ (here "../store/store.ts")
          domain/ may import nothing of ours; pass the rest in as an argument
      src/domain/a.ts:2:1 banned-global: Date.now is used in domain/
          Take a Clock (platform/clock.ts) as an argument
      2 violations
      "
    `)
  })

  test('exits 0 and says nothing for a tree that keeps the ladder', () => {
    const result = run(
      tree({ 'domain/a.ts': 'export const a = 1', 'sync/b.ts': "import { a } from '../domain/a.ts'\na" }),
    )
    expect([result.status, result.stdout]).toEqual([0, ''])
  })
})

test('the sources of boardsync keep the ladder', () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url))
  expect(checkImports(src).map(formatViolation)).toEqual([])
})
