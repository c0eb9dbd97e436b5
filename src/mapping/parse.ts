import { defaultModel } from '../domain/default-model.ts'
import { USER_FIELDS } from '../domain/fact-fields.ts'
import type { FactField, Fields } from '../domain/fields.ts'
import type { Model } from '../domain/model.ts'
import type { Problem } from '../platform/problem.ts'
import { compileBoard } from './board-mapping.ts'
import { checkCases } from './cases-file.ts'
import { checkColumnOwners } from './column-owners.ts'
import { accountKeys, compileIdentity, leadingSources } from './identity-mapping.ts'
import type { BoardMapping, Mappings } from './mapping.ts'
import { checkModelNames, compileModel } from './model-mapping.ts'
import { compareText, didYouMean } from './nearest.ts'
import type { BoardFile } from './schema/board-file.ts'
import type { CasesFile } from './schema/cases-file.ts'
import type { IdentityFile } from './schema/identity-file.ts'
import type { ModelFile } from './schema/model-file.ts'
import type { SourceFile } from './schema/source-file.ts'
import type { FileKind } from './schema.ts'
import { namesFor } from './scope.ts'
import { checkShape, type Shaped } from './shape.ts'
import { type CheckedSource, compileSource } from './source-mapping.ts'
import type { Environment } from './variables.ts'
import { type MappingText, Problems, readYaml } from './yaml-file.ts'

export type { Environment, MappingText }

export interface ParsedMappings {
  /**
   * What the files without errors say; `null` when `model.yaml` is missing or broken, on which everything else depends.
   * A source or board whose file has an error is left out.
   */
  readonly mappings: Mappings | null
  /** Everything wrong in all files, by file and place. */
  readonly problems: readonly Problem[]
  /** Files with errors. */
  readonly broken: readonly string[]
  /** Cases that stand beside boards, of files without errors. */
  readonly cases: readonly BoardCases[]
}

/** The cases of one board: a checked `boards/<board>.test.yaml`. */
export interface BoardCases {
  readonly board: string
  readonly file: Shaped<CasesFile>
}

/** What stands in for `model.yaml` while the other files are checked without it. */
const NO_MODEL: Model = { ...defaultModel(), stages: {}, segments: [], arrFrom: [] }

/**
 * Checks the files of a mapping folder and makes of them what a run uses. Pure: the same files and environment give
 * the same result.
 *
 * All problems of all files come at once. A file with an error never stops the others.
 */
export function parseMappings(files: readonly MappingText[], environment: Environment): ParsedMappings {
  const problems = new Problems()
  const sourceFiles: Shaped<SourceFile>[] = []
  const boardFiles: { readonly board: string; readonly file: Shaped<BoardFile> }[] = []
  const casesFiles: BoardCases[] = []
  let modelFile: Shaped<ModelFile> | null = null
  let identityFile: Shaped<IdentityFile> | null = null
  let sourcesUnreadable = false
  const modelTexts = files.filter((file) => kindOf(file.path)?.kind === 'model')

  for (const text of files) {
    const found = kindOf(text.path)
    if (!found) {
      problems.error(
        text.path,
        { line: 1, column: 1 },
        'unknown-file',
        'The file is no kind of mapping',
        'Mappings are sources/<name>.yaml, boards/<name>.yaml, boards/<name>.test.yaml, identity.yaml and model.yaml',
      )
      continue
    }
    const yaml = readYaml(text, problems)
    const shape = <K extends FileKind>(kind: K) => (yaml === null ? null : checkShape(kind, yaml, problems))
    if (found.kind === 'source') {
      const file = shape('source')
      if (file) sourceFiles.push(file)
      else sourcesUnreadable = true
    } else if (found.kind === 'board') {
      const file = shape('board')
      if (file) boardFiles.push({ board: found.name, file })
    } else if (found.kind === 'cases') {
      const file = shape('cases')
      if (file) casesFiles.push({ board: found.name, file })
    } else if (found.kind === 'identity') identityFile = shape('identity')
    else modelFile = shape('model')
  }
  for (const kind of ['model', 'identity'] as const) {
    const [first, ...more] = files.filter((file) => kindOf(file.path)?.kind === kind)
    for (const { path } of more) {
      problems.error(
        path,
        { line: 1, column: 1 },
        'duplicate-file',
        `There is another ${kind} file: ${first?.path}`,
        'Keep one of the two, and remove or rename the other',
      )
    }
  }
  if (modelTexts.length === 0) {
    problems.error(
      modelPathFor(files),
      { line: 1, column: 1 },
      'model-missing',
      'The file model.yaml is missing',
      'Write at least company: { currency: USD } and stages: into it',
    )
  }

  const compiled = modelFile ? compileModel(modelFile, problems) : null
  const model = compiled?.model ?? NO_MODEL
  const keys = accountKeys(sourceFiles, identityFile)
  const sources = sourceFiles.map((file) => ({
    file,
    checked: compileSource(
      file,
      { currency: model.currency, timeZone: model.timeZone },
      environment,
      problems,
      keys.get(file.data.source) ?? null,
    ),
  }))
  const identity = compileIdentity(identityFile, sourceFiles, problems)
  checkSourceNames(sources, problems)
  const extras = mergeExtras(sources, sourcesUnreadable, problems)
  const stages = stageNames(model)
  const boards = boardFiles.map(({ board, file }) => {
    const names = namesFor(file.data.items, extras, stages, model, USER_FIELDS)
    return compileBoard(file, board, names, environment, problems)
  })
  checkBoardNames(boardFiles, boards, problems)
  checkLinks(boardFiles, boards, problems)
  checkColumnOwners(
    sourceFiles,
    boardFiles.map(({ file }) => file),
    problems,
  )
  if (modelFile) {
    const written = files.flatMap(({ path }) => kindOf(path) ?? [])
    checkModelNames(
      modelFile,
      {
        sources: [
          ...sources.map(({ file }) => file.data.source),
          // The name of a source whose file cannot be read is most likely that of the file.
          ...(sourcesUnreadable ? written.filter(({ kind }) => kind === 'source').map(({ name }) => name) : []),
        ],
        boards: written.filter(({ kind }) => kind === 'board').map(({ name }) => name),
        withOpportunities: sources
          .filter(({ file }) => file.data.records.opportunity !== undefined)
          .map(({ file }) => file.data.source),
      },
      problems,
    )
  }
  for (const cases of casesFiles) {
    const mapping = boards.find(({ board }) => board === cases.board)
    const unread = files.some(({ path }) => kindOf(path)?.kind === 'board' && kindOf(path)?.name === cases.board)
    if (mapping) checkCases(cases.file, mapping, { extras, stages }, problems)
    else if (!unread) {
      problems.error(
        cases.file.file,
        { line: 1, column: 1 },
        'board-missing',
        `There is no board "${cases.board}" for these cases`,
        didYouMean(
          cases.board,
          boards.map(({ board }) => board),
          'boards',
        ),
      )
    }
  }

  const good = (file: string) => !problems.hasErrorIn(file)
  const isIdentityBroken = () =>
    files.some(({ path }) => ['source', 'identity'].includes(kindOf(path)?.kind ?? '') && !good(path))
  return {
    mappings:
      compiled && modelFile && good(modelFile.file)
        ? {
            sources: sources.filter(({ file }) => good(file.file)).map(({ checked }) => checked.mapping),
            boards: boards.filter(({ file }) => good(file)),
            model: { ...compiled.model, leading: leadingSources(modelFile, sourceFiles, identity) },
            definitions: compiled.definitions,
            closedThrough: compiled.closedThrough,
            identity: isIdentityBroken() ? 'keep' : identity,
            settings: compiled.settings,
          }
        : null,
    problems: problems.all.toSorted((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column),
    broken: [...new Set(problems.all.filter(({ level }) => level === 'error').map(({ file }) => file))].sort(
      compareText,
    ),
    cases: casesFiles.filter(({ file }) => good(file.file)),
  }
}

/** What a file of the folder is, by where it stands. */
function kindOf(file: string): { readonly kind: FileKind; readonly name: string } | undefined {
  const [name = '', folder] = file.split(/[\\/]/).reverse()
  const match = /^(.+?)(\.test)?\.ya?ml$/.exec(name)
  if (!match) return undefined
  const plain = match[1] as string
  if (folder === 'sources' && !match[2]) return { kind: 'source', name: plain }
  if (folder === 'boards') return { kind: match[2] ? 'cases' : 'board', name: plain }
  return (plain === 'model' || plain === 'identity') && !match[2] ? { kind: plain, name: plain } : undefined
}

function modelPathFor(files: readonly MappingText[]): string {
  const other = files.find(({ path }) => /[\\/](sources|boards)[\\/][^\\/]+$/.test(path))
  return other ? other.path.replace(/(sources|boards)[\\/][^\\/]+$/, 'model.yaml') : 'model.yaml'
}

function stageNames(model: Model): string[] {
  return [
    ...new Set(
      Object.values(model.stages).flatMap((pipelines) =>
        Object.values(pipelines).flatMap((list) => list.map(({ name }) => name)),
      ),
    ),
  ]
}

type CompiledSources = readonly { readonly file: Shaped<SourceFile>; readonly checked: CheckedSource }[]

function checkSourceNames(sources: CompiledSources, problems: Problems): void {
  const seen = new Map<string, string>()
  for (const { file } of sources) {
    const other = seen.get(file.data.source)
    if (other !== undefined) {
      problems.error(
        file.file,
        file.at(['source']),
        'duplicate-source',
        `The source "${file.data.source}" is mapped by ${other} too`,
        'Give each source a name of its own, or put both into one file',
      )
    }
    seen.set(file.data.source, file.file)
  }
}

/** Further fields of all sources by kind; `null` for kinds of which nothing can be said because a source cannot be read. */
function mergeExtras(
  sources: CompiledSources,
  unreadable: boolean,
  problems: Problems,
): Readonly<Record<string, Fields<FactField> | null>> {
  const merged: Record<string, Record<string, FactField>> = { account: {}, opportunity: {}, lead: {} }
  const from: Record<string, string> = {}
  for (const { file, checked } of sources) {
    for (const [kind, extras] of Object.entries(checked.extras)) {
      for (const [name, field] of Object.entries(extras)) {
        const known = merged[kind]?.[name]
        if (known && known.type !== field.type) {
          problems.error(
            file.file,
            file.atKey(['records', kind, 'fields', `extra.${name}`]),
            'extra-type-differs',
            `"extra.${name}" of ${kind} is of type ${field.type} here and ${known.type} in ${from[`${kind}.${name}`]}`,
            'Read it in the same way in both, or give one of them another name',
          )
        }
        merged[kind] ??= {}
        merged[kind][name] = known ?? field
        from[`${kind}.${name}`] ??= file.file
      }
    }
  }
  return unreadable ? { account: null, opportunity: null, lead: null } : merged
}

/** That every board which a column links to is one of ours. */
function checkLinks(
  files: readonly { readonly board: string; readonly file: Shaped<BoardFile> }[],
  boards: readonly BoardMapping[],
  problems: Problems,
): void {
  const known = boards.map(({ board }) => `${board}.yaml`)
  for (const [i, { columns }] of boards.entries()) {
    for (const { title, linksTo } of columns) {
      const file = files[i]?.file
      if (linksTo === undefined || file === undefined || known.includes(`${linksTo}.yaml`)) continue
      const place = file.at(['columns', title, 'board'])
      const hint = didYouMean(`${linksTo}.yaml`, known, 'boards')
      problems.error(file.file, place, 'unknown-board', `There is no board mapping "${linksTo}.yaml" to link to`, hint)
    }
  }
}

function checkBoardNames(
  files: readonly { readonly board: string; readonly file: Shaped<BoardFile> }[],
  boards: readonly BoardMapping[],
  problems: Problems,
): void {
  const seen = new Map<string, string>()
  boards.forEach((board, i) => {
    const ref = JSON.stringify('id' in board.ref ? [board.ref.id] : [board.ref.name, board.ref.workspace])
    const other = seen.get(ref)
    const file = files[i]?.file
    if (other !== undefined && file) {
      problems.error(
        file.file,
        file.at(['board']),
        'duplicate-board',
        `The board is kept by ${other} too`,
        'Two mappings cannot keep one board: give one of them another board',
      )
    }
    seen.set(ref, board.file)
  })
}
