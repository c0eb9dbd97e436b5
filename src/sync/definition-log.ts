import { type Definition, inForceOn } from '../domain/definitions/definitions.ts'
import type { Store } from '../store/store.ts'
import type { RunProblem } from './problem.ts'
import type { SyncPorts } from './run.ts'

/** A definition as some run used it first. */
export interface LoggedDefinition {
  readonly name: string
  readonly version: number
  /** A day; `null` where it names none. */
  readonly from: number | null
  readonly owner: string | null
  readonly applies: Definition['applies']
  readonly sentence: string
  /** Ms. */
  readonly firstUsedAt: number
  readonly run: string
}

const NOTE = 'definition-log'

/** Every definition as it was used, in the order in which it was first. */
export async function readDefinitionLog(store: Pick<Store, 'note'>): Promise<readonly LoggedDefinition[]> {
  return JSON.parse((await store.note(NOTE)) ?? '[]') as LoggedDefinition[]
}

/** The definitions that runs used at a time, by name: those that read otherwise than now. */
export function readOtherwise(
  log: readonly LoggedDefinition[],
  at: number,
  now: readonly Definition[],
): LoggedDefinition[] {
  const then = new Map<string, LoggedDefinition>()
  for (const one of log) if (one.firstUsedAt <= at) then.set(one.name, one)
  return now.flatMap(({ name, sentence }) => {
    const before = then.get(name)
    return before === undefined || before.sentence === sentence ? [] : [before]
  })
}

/**
 * Logs the definitions that a run uses where they are not those that were used last; tells of such as read differently and have
 * the version that they had.
 */
export async function logDefinitions({
  store,
  mappings,
  zone,
  clock,
  run,
}: Pick<SyncPorts, 'store' | 'mappings' | 'zone' | 'clock' | 'run'>): Promise<RunProblem[]> {
  const log = await readDefinitionLog(store)
  const last = new Map(log.map((one) => [one.name, one]))
  const problems: RunProblem[] = []
  const added: LoggedDefinition[] = []
  const now = clock.now()
  for (const definition of inForceOn(mappings.definitions, zone.dayOf(now))) {
    const { name, version, from, owner, applies, sentence } = definition
    const before = last.get(name)
    const isSame =
      before !== undefined &&
      before.version === version &&
      before.from === from &&
      before.owner === owner &&
      before.applies === applies &&
      before.sentence === sentence
    if (isSame) continue
    added.push({ name, version, from, owner, applies, sentence, firstUsedAt: now, run })
    if (before !== undefined && before.version === version && before.sentence !== sentence)
      problems.push(unversioned(before, sentence))
  }
  if (added.length > 0) await store.setNote(NOTE, JSON.stringify([...log, ...added]))
  return problems
}

function unversioned({ name, version, sentence }: LoggedDefinition, now: string): RunProblem {
  return {
    subject: name,
    code: 'definition-unversioned',
    message: `It reads "${now}" and read "${sentence}", both as version ${version}`,
    hint: `Give it version: ${version + 1} and from: under definitions: in model.yaml, so that people can tell the two apart`,
    exit: 0,
  }
}
