/**
 * Holds the import ladder of `src/` and the rules that keep it a ladder. Reads every code file with a real
 * parser, so that a type import (gone before the program runs) and a value import are told apart.
 *
 * Run `node scripts/check-imports.ts [src]`: prints one line per violation, `file:line:column code: message` and a
 * hint below it, and exits 1 when there is any.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

export interface Violation {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly code: string
  readonly message: string
  readonly hint: string
}

interface Rung {
  readonly values: readonly string[]
  /** Folders of which only types may be imported. */
  readonly types?: readonly string[]
}

/** Who may import whom. A folder that is not here is refused: it has no place in the house yet. */
const LADDER: Readonly<Record<string, Rung>> = {
  platform: { values: [] },
  domain: { values: [] },
  source: { values: ['platform'] },
  board: { values: ['platform'] },
  dashboard: { values: ['platform'] },
  store: { values: ['platform'], types: ['source', 'board'] },
  plan: { values: ['platform'], types: ['board'] },
  mapping: { values: ['domain', 'platform'], types: ['source', 'plan'] },
  sync: { values: ['platform', 'domain', 'source', 'board', 'dashboard', 'store', 'plan', 'mapping'] },
  web: { values: ['domain', 'mapping', 'plan', 'store', 'platform'], types: ['dashboard'] },
  report: { values: ['domain'] },
  sandbox: { values: ['platform'] },
  cli: {
    values: [
      'platform',
      'domain',
      'source',
      'board',
      'dashboard',
      'store',
      'plan',
      'mapping',
      'sync',
      'web',
      'report',
      'sandbox',
    ],
  },
}

/** Folders that hold a contract and, in sub-folders and `memory-*.ts`, its adapters. */
const WITH_ADAPTERS = ['source', 'board', 'store', 'dashboard']

/** The one folder that chooses adapters. */
const CHOOSES_ADAPTERS = 'cli'

/** A vendor's kit, and the vendor whose adapter folders (`source/<vendor>/`, `board/<vendor>/`, …) may use it. */
const VENDOR_SDKS: readonly (readonly [packages: RegExp, vendor: string])[] = [
  [/^(jsforce|jsforce-node|@salesforce\/.+|@jsforce\/.+)$/, 'salesforce'],
  [/^(@mondaydotcomorg\/.+|monday-sdk-js)$/, 'monday'],
  [/^@hubspot\/.+$/, 'hubspot'],
  [/^(posthog-node|posthog-js)$/, 'posthog'],
  [/^mixpanel(-browser)?$/, 'mixpanel'],
  [/^@amplitude\/.+$/, 'amplitude'],
  [/^(node-zendesk|zendesk)$/, 'zendesk'],
  [/^geckoboard$/, 'geckoboard'],
]

/** Folders that take values and return values. */
const PURE = ['domain', 'plan', 'mapping', 'report']
/** The one door through which mapping files come in. */
const PURE_EXCEPT = ['mapping/load.ts']

/** What pure folders may take of Node's own modules: all names (`*`) or only these. */
const PURE_NODE_MODULES: Readonly<Record<string, '*' | readonly string[]>> = {
  assert: '*',
  buffer: '*',
  crypto: ['createHash', 'hash'],
  path: '*',
  util: '*',
}

/** Packages that talk to the world; pure folders do without. */
const IO_PACKAGES = /^(axios|fastify|@fastify\/.+|pino|p-queue|listr2|commander|pg|pg-boss|nock|undici)$/

/** Where time, chance, the environment and the console come in. Elsewhere they are arguments. */
const MEETS_THE_WORLD = ['cli', 'platform', 'sandbox']

const BANNED_MEMBERS: Readonly<Record<string, string>> = {
  'process.env': 'read it in platform/config.ts and pass the value in',
  'process.hrtime': 'take a Clock (platform/clock.ts) as an argument',
  'Date.now': 'take a Clock (platform/clock.ts) as an argument',
  'Math.random': 'take the random number, or the function that makes it, as an argument',
  'performance.now': 'take a Clock (platform/clock.ts) as an argument',
}
const BANNED_NODE_IMPORTS: Readonly<Record<string, string>> = {
  console: 'take a Log (platform/log.ts) as an argument',
  perf_hooks: 'take a Clock (platform/clock.ts) as an argument',
  process: 'read what is needed in platform/ or cli/ and pass the value in',
}

const BANNED_FOLDERS = ['utils', 'util', 'helpers', 'helper', 'common']
const BANNED_FILES = ['types', 'utils', 'util', 'helpers', 'helper', 'common']

const CODE_FILE = /\.[cm]?[jt]sx?$/

/** Every violation under `src`, by file and place. */
export function checkImports(src: string): Violation[] {
  const files = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && CODE_FILE.test(entry.name))
    .map((entry) => path.relative(src, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort()
  return files.flatMap((file) => checkFile(src, file))
}

/** `file:line:column code: message`, the hint on the next line. */
export function formatViolation(v: Violation): string {
  return `${v.file}:${v.line}:${v.column} ${v.code}: ${v.message}\n    ${v.hint}`
}

type Report = (at: number, code: string, message: string, hint: string) => void

function checkFile(src: string, file: string): Violation[] {
  const violations: Violation[] = []
  const text = readFileSync(path.join(src, file), 'utf8')
  const report: Report = (at, code, message, hint) => {
    const before = text.slice(0, at).split('\n')
    violations.push({
      file: path.posix.join(path.basename(src), file),
      line: before.length,
      column: (before.at(-1) ?? '').length + 1,
      code,
      message,
      hint,
    })
  }

  checkPlace(file, report)
  const parsed = parseSync(file, text)
  for (const error of parsed.errors) {
    report(error.labels[0]?.start ?? 0, 'unreadable', error.message, 'Make the file parse; nothing in it was checked')
  }
  const { edges, globals, defaults } = readModule(parsed.program)
  for (const at of defaults) {
    report(at, 'default-export', 'A default export has no name of its own', 'Export it by name')
  }
  for (const edge of edges) checkEdge(src, file, edge, report)
  if (!MEETS_THE_WORLD.includes(folderOf(file))) {
    for (const use of globals) {
      report(use.at, 'banned-global', `${use.name} is used in ${folderOf(file)}/`, capital(use.instead))
    }
  }
  return violations.sort((a, b) => a.line - b.line || a.column - b.column)
}

/** Rules about where a file lies and what it is called. */
function checkPlace(file: string, report: Report): void {
  const folders = file.split('/').slice(0, -1)
  const base = path.posix.basename(file).replace(CODE_FILE, '')
  if (folders.length === 0) {
    report(0, 'loose-file', `${file} lies beside the folders of src/`, 'Move it into the folder whose word it serves')
  } else if (rungOf(file) === undefined) {
    report(
      0,
      'unknown-folder',
      `src/${folders[0]}/ is not a folder the ladder knows`,
      `Put the file into one of ${Object.keys(LADDER).join(', ')}, or give the folder a row in scripts/check-imports.ts`,
    )
  }
  const banned = folders.find((folder) => BANNED_FOLDERS.includes(folder))
  if (banned !== undefined) {
    report(
      0,
      'nameless-folder',
      `A folder called "${banned}" says nothing about what is in it`,
      'Name it after its noun',
    )
  }
  if (BANNED_FILES.includes(base)) {
    report(
      0,
      'nameless-file',
      `A file called "${base}" says nothing about what is in it`,
      'Name it after what it exports',
    )
  }
  if (base === 'index') {
    report(0, 'barrel', 'An index file hides who imports whom', 'Import from the file that declares the name')
  }
}

/** Rules about one import. */
function checkEdge(src: string, file: string, edge: Edge, report: Report): void {
  if (edge.to === null) {
    report(edge.at, 'import-not-literal', 'import() is given an expression, which cannot be checked', 'Write the path')
    return
  }
  if (/^(\/|file:)/.test(edge.to)) {
    report(edge.at, 'outside-src', `src imports ${edge.to} by its place on this machine`, 'Write a relative path')
    return
  }
  if (edge.to.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), edge.to)
    checkOwnEdge(src, file, edge, target, report)
    return
  }
  const bare = edge.to.replace(/^node:/, '')
  const isNode = edge.to.startsWith('node:') || builtinModules.includes(bare)
  if (isNode) checkNodeEdge(file, edge, bare, report)
  else checkPackageEdge(file, edge, packageOf(edge.to), report)
}

function checkOwnEdge(src: string, file: string, edge: Edge, target: string, report: Report): void {
  if (target.startsWith('../')) {
    const outside = path.posix.join(path.basename(src), target)
    report(edge.at, 'outside-src', `src imports ${outside}, which is not shipped`, 'Move what is needed into src/')
    return
  }
  checkAdapterEdge(file, edge, target, report)
  const from = folderOf(file)
  const to = folderOf(target)
  const rung = rungOf(file)
  if (from === to || rung === undefined || rung.values.includes(to)) return
  const typesOnly = rung.types?.includes(to) === true
  if (typesOnly && edge.kind === 'type') return
  report(
    edge.at,
    typesOnly ? 'types-only' : 'ladder',
    typesOnly
      ? `${from}/ may import types of ${to}/ and this import of "${edge.to}" loads it`
      : `${from}/ may not import ${to}/ (here "${edge.to}")`,
    typesOnly
      ? edge.kind === 'inline-type'
        ? 'Write `import type { … }`: with each name marked `type` on its own, the module is still loaded'
        : 'Write `import type`, or pass the value in as an argument'
      : `${from}/ may import ${describeRung(rung)}; pass the rest in as an argument`,
  )
}

/** An adapter knows its contract, never another adapter; and only `cli/` chooses adapters by name. */
function checkAdapterEdge(file: string, edge: Edge, target: string, report: Report): void {
  const from = adapterOf(file)
  const to = adapterOf(target)
  if (to === null || to === from) return
  if (from !== null) {
    report(
      edge.at,
      'adapter-imports-adapter',
      `The adapter ${from} imports the adapter ${to}`,
      'Move what both need into platform/ or beside the contract',
    )
  } else if (folderOf(file) !== CHOOSES_ADAPTERS) {
    report(
      edge.at,
      'adapter-named',
      `${folderOf(file)}/ names the adapter ${to}`,
      `Import the contract and take the adapter as an argument; only ${CHOOSES_ADAPTERS}/ chooses one`,
    )
  }
}

function checkNodeEdge(file: string, edge: Edge, module: string, report: Report): void {
  if (edge.kind === 'type') return
  const folder = folderOf(file)
  const instead = BANNED_NODE_IMPORTS[module]
  if (instead !== undefined && !MEETS_THE_WORLD.includes(folder)) {
    report(edge.at, 'banned-global', `node:${module} is used in ${folder}/`, capital(instead))
    return
  }
  if (!PURE.includes(folder) || PURE_EXCEPT.includes(file)) return
  const allowed = PURE_NODE_MODULES[packageOf(module)]
  if (allowed === '*') return
  const extra = allowed === undefined ? null : edge.names.filter((name) => !allowed.includes(name))
  if (extra !== null && extra.length === 0 && edge.names.length > 0) return
  const names = extra === null ? '' : ` (${extra.join(', ') || 'as a whole'})`
  report(
    edge.at,
    'pure-folder',
    `${folder}/ is pure and imports node:${module}${names}`,
    allowed === undefined
      ? 'Take the value as an argument, or do the reading in sync/ or an adapter'
      : `Only ${allowed.join(' and ')} of it are pure`,
  )
}

function checkPackageEdge(file: string, edge: Edge, name: string, report: Report): void {
  const folder = folderOf(file)
  const sdk = VENDOR_SDKS.find(([packages]) => packages.test(name))
  if (sdk !== undefined) {
    const vendor = sdk[1]
    const [top, second] = file.split('/')
    if (second === vendor && top !== undefined && WITH_ADAPTERS.includes(top)) return
    report(
      edge.at,
      'vendor-sdk',
      `"${name}" is used in ${path.posix.dirname(file)}/`,
      `Only the adapter folders called ${vendor}/ may know this vendor's kit`,
    )
    return
  }
  if (edge.kind !== 'type' && PURE.includes(folder) && !PURE_EXCEPT.includes(file) && IO_PACKAGES.test(name)) {
    report(edge.at, 'pure-folder', `${folder}/ is pure and imports "${name}"`, 'Take what is needed as an argument')
  }
}

// ── reading a module ────────────────────────────────────────────────────────────────────────────────

interface Edge {
  readonly at: number
  /** `null` when the path is an expression. */
  readonly to: string | null
  /**
   * `type`: gone before the program runs. `inline-type`: every name is marked `type` but the declaration is not, so
   * the module is still loaded. `value`: the rest.
   */
  readonly kind: 'type' | 'inline-type' | 'value'
  /** Imported names; empty for a namespace, a side effect, or `import()`. */
  readonly names: readonly string[]
}

interface GlobalUse {
  readonly at: number
  readonly name: string
  readonly instead: string
}

interface ModuleFacts {
  readonly edges: Edge[]
  readonly globals: GlobalUse[]
  readonly defaults: number[]
}

/** A syntax node as ESTree has it; fields are read by name as the node's `type` promises them. */
interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

function readModule(program: unknown): ModuleFacts {
  const facts: ModuleFacts = { edges: [], globals: [], defaults: [] }
  walk(program as Node, (node, parent, field) => {
    readEdge(node, facts)
    readGlobal(node, parent, field, facts)
  })
  return facts
}

function readEdge(node: Node, { edges, defaults }: ModuleFacts): void {
  switch (node.type) {
    case 'ImportDeclaration':
      edges.push(edgeOf(node, node.importKind === 'type', list(node.specifiers), 'imported', 'importKind'))
      return
    case 'ExportNamedDeclaration':
      if (isNode(node.source)) {
        edges.push(edgeOf(node, node.exportKind === 'type', list(node.specifiers), 'local', 'exportKind'))
      }
      for (const specifier of list(node.specifiers)) {
        if (nameOf(specifier.exported) === 'default') defaults.push(specifier.start)
      }
      return
    case 'ExportAllDeclaration':
      edges.push(edgeOf(node, node.exportKind === 'type', [], 'local', 'exportKind'))
      return
    case 'ExportDefaultDeclaration':
      defaults.push(node.start)
      return
    case 'ImportExpression':
      edges.push({ at: node.start, to: textOf(node.source), kind: 'value', names: [] })
      return
    case 'TSImportType':
      edges.push({ at: node.start, to: textOf(node.source ?? node.argument), kind: 'type', names: [] })
      return
    case 'NewExpression': {
      // new URL('./worker.ts', import.meta.url): how a worker thread is started
      const [first, second] = list(node.arguments)
      const to = textOf(first)
      const isModule = to !== null && CODE_FILE.test(to) && second?.type === 'MemberExpression'
      if (nameOf(node.callee) === 'URL' && isModule) edges.push({ at: node.start, to, kind: 'value', names: [] })
      return
    }
  }
}

function edgeOf(node: Node, isType: boolean, specifiers: Node[], nameField: string, kindField: string): Edge {
  const allMarked = specifiers.length > 0 && specifiers.every((specifier) => specifier[kindField] === 'type')
  const whole = specifiers.some(
    (specifier) => specifier.type !== 'ImportSpecifier' && specifier.type !== 'ExportSpecifier',
  )
  return {
    at: node.start,
    to: textOf(node.source),
    kind: isType ? 'type' : allMarked ? 'inline-type' : 'value',
    names: whole
      ? []
      : specifiers.filter((s) => s[kindField] !== 'type').map((specifier) => nameOf(specifier[nameField]) ?? ''),
  }
}

function readGlobal(node: Node, parent: Node | null, field: string, { globals }: ModuleFacts): void {
  const use = (name: string, instead: string) => globals.push({ at: node.start, name, instead })
  if (node.type === 'MemberExpression') {
    const name = `${globalName(node.object)}.${nameOf(node.property) ?? textOf(node.property)}`
    const instead = BANNED_MEMBERS[name]
    if (instead !== undefined) use(name, instead)
  } else if (node.type === 'VariableDeclarator' && isNode(node.id) && node.id.type === 'ObjectPattern') {
    for (const property of list(node.id.properties)) {
      const name = `${globalName(node.init)}.${nameOf(property.key)}`
      const instead = BANNED_MEMBERS[name]
      if (instead !== undefined) use(name, instead)
    }
  } else if (node.type === 'NewExpression' || node.type === 'CallExpression') {
    const isNow =
      globalName(node.callee) === 'Date' && (node.type === 'CallExpression' || list(node.arguments).length === 0)
    if (isNow)
      use(node.type === 'CallExpression' ? 'Date()' : 'new Date()', 'take a Clock (platform/clock.ts) as an argument')
  } else if (globalName(node) === 'console' && isReference(node, parent, field)) {
    use('console', 'take a Log (platform/log.ts) as an argument')
  }
}

/** `x` for the identifier `x` and for `globalThis.x`. */
function globalName(node: unknown): string | null {
  if (!isNode(node)) return null
  if (node.type === 'Identifier') return nameOf(node)
  return node.type === 'MemberExpression' && nameOf(node.object) === 'globalThis' ? nameOf(node.property) : null
}

/** False where an identifier only names a member or a key. */
function isReference(node: Node, parent: Node | null, field: string): boolean {
  if (parent === null || node.type !== 'Identifier') return true
  if (parent.type === 'MemberExpression') return field === 'object' || parent.computed === true
  if (field === 'key') return parent.computed === true || parent.shorthand === true
  return !parent.type.endsWith('Specifier') && !parent.type.startsWith('TS')
}

function walk(
  node: Node,
  visit: (node: Node, parent: Node | null, field: string) => void,
  parent: Node | null = null,
  field = '',
): void {
  visit(node, parent, field)
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, node, name)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function list(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The name of an identifier or of a string used as one. */
function nameOf(node: unknown): string | null {
  if (!isNode(node)) return null
  return node.type === 'Identifier' && typeof node.name === 'string' ? node.name : textOf(node)
}

/** The text of a literal, also of a template without holes. */
function textOf(node: unknown): string | null {
  if (!isNode(node)) return null
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null
  if (node.type === 'TSLiteralType') return textOf(node.literal)
  const parts = node.type === 'TemplateLiteral' ? list(node.quasis) : []
  const only = parts.length === 1 ? parts[0]?.value : undefined
  return typeof only === 'object' && only !== null && 'cooked' in only ? String(only.cooked) : null
}

// ── words ───────────────────────────────────────────────────────────────────────────────────────────

function folderOf(file: string): string {
  return file.split('/')[0] ?? ''
}

function rungOf(file: string): Rung | undefined {
  return Object.hasOwn(LADDER, folderOf(file)) ? LADDER[folderOf(file)] : undefined
}

/** `source/salesforce`, `board/memory-board`; `null` for contracts and everything that is no adapter. */
function adapterOf(file: string): string | null {
  const [top, second, third] = file.split('/')
  if (top === undefined || second === undefined || !WITH_ADAPTERS.includes(top)) return null
  if (third !== undefined) return `${top}/${second}`
  return second.startsWith('memory-') ? `${top}/${second.replace(CODE_FILE, '')}` : null
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function describeRung(rung: Rung): string {
  const values = rung.values.map((folder) => `${folder}/`)
  const types = (rung.types ?? []).map((folder) => `types of ${folder}/`)
  return [...values, ...types].join(', ') || 'nothing of ours'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const src = path.resolve(process.argv[2] ?? fileURLToPath(new URL('../src', import.meta.url)))
  const violations = checkImports(src)
  for (const violation of violations) console.log(formatViolation(violation))
  if (violations.length > 0) {
    console.log(`${violations.length} ${violations.length === 1 ? 'violation' : 'violations'}`)
    process.exitCode = 1
  }
}
