import { BoardFile } from './schema/board-file.ts'
import { CasesFile } from './schema/cases-file.ts'
import { IdentityFile } from './schema/identity-file.ts'
import { ModelFile } from './schema/model-file.ts'
import { SourceFile } from './schema/source-file.ts'

/**
 * What may stand in the files of a mapping folder: one schema per kind of file, each in `schema/`. From here come the
 * types, the lint, the editors' JSON Schema (`mappings/schema/`) and the reference page (`mappings/REFERENCE.md`). Each
 * key carries a sentence, an example and its default.
 */

/** Every kind of file, by the name of its JSON Schema. */
export const FILE_SCHEMAS = {
  source: SourceFile,
  board: BoardFile,
  model: ModelFile,
  cases: CasesFile,
  identity: IdentityFile,
} as const
export type FileKind = keyof typeof FILE_SCHEMAS

/** Other names under which keys are taken, with their present name. They work and are reported as warnings. */
export const RENAMED_KEYS: Readonly<Record<FileKind, Readonly<Record<string, string>>>> = {
  source: {},
  board: { archive_after: 'left_for' },
  model: { timezone: 'time_zone', funnel_stage: 'funnelStage' },
  cases: { given: 'records' },
  identity: {},
}
