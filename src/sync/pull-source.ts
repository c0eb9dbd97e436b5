import type { RecordMapping, SourceMapping } from '../mapping/mapping.ts'
import { Fault } from '../platform/errors.ts'
import type { Stream } from '../store/store.ts'
import { estimateCost, type SourceCost } from './cost.ts'
import { attempt, problemOf, type RunProblem } from './problem.ts'
import { pullRecords } from './pull.ts'
import { type PullCounts, startTally } from './pull-counts.ts'
import { type PullStanding, readStanding, stuckNote } from './pull-standing.ts'
import type { SyncPorts, SyncRequest } from './run.ts'

/** What a run gathers while it pulls. */
export interface Pulled {
  readonly counts: PullCounts[]
  readonly costs: SourceCost[]
  readonly problems: RunProblem[]
}

/** Pulls every object of a source. What goes wrong with one is a problem of the run, and the others go on. */
export async function pullSource(
  ports: SyncPorts,
  mapping: SourceMapping,
  request: SyncRequest,
  { counts, costs, problems }: Pulled,
  signal: AbortSignal,
): Promise<void> {
  const source = ports.sources.get(mapping.source)
  if (source === undefined) {
    throw new Fault('source-unset', `Source "${mapping.source}" has a mapping (${mapping.file}) but no credentials`, {
      blame: 'operator',
      hint: 'Set its variables (see the README, "Environment"), or remove the mapping',
    })
  }
  const { allowEmpty, sweep } = request
  const onNews = (one: RunProblem) => void news.push(one)
  const pullPorts = { ...ports, source, boards: ports.mappings.boards, allowEmpty, sweep, onNews }
  const news: RunProblem[] = []
  const standings = new Map<RecordMapping, PullStanding>()
  for (const record of mapping.records) {
    standings.set(record, await readStanding(ports.store, mapping.source, record))
  }
  const estimate = await estimateCost(ports, source, mapping, standings, { signal })
  let earlier: Fault | null = null
  for (const [record, standing] of standings) {
    const { object } = record
    const tally = startTally(mapping, record)
    const stopped = await attempt(
      problems,
      `${mapping.source} ${object}`,
      () => pullRecords(pullPorts, mapping, record, standing, tally, { signal }),
      ({ message }) => ports.onEvent({ on: 'source', is: 'failed', source: mapping.source, object, message }),
    )
    // An object of which nothing could be read has no counts.
    if (stopped === null || tally.read > 0) counts.push(tally)
    await noteStuck(ports.store, { source: mapping.source, kind: record.kind }, standing, stopped)
    // A vendor that said wait, or refused us, is not asked for the next object.
    if (stopped !== null && (stopped.retryAfterMs !== undefined || stopped.exit === 75)) break
    // The same answer twice, word for word, is about the source and none of its objects: it is said once.
    if (stopped !== null && earlier?.code === stopped.code && earlier.message === stopped.message) {
      problems.splice(-2, 2, problemOf(mapping.source, stopped))
      break
    }
    earlier = stopped
  }
  costs.push({ name: mapping.source, estimate, quota: source.quota() })
  problems.push(...news)
}

/** Notes that only a person can help, and takes that back once something was read: whoever says wait tells nothing of it. */
async function noteStuck(
  store: SyncPorts['store'],
  stream: Stream,
  { state }: PullStanding,
  stopped: Fault | null,
): Promise<void> {
  const note = stuckNote(stream)
  if (stopped !== null && stopped.exit !== 75) return store.setNote(note, stopped.code)
  if ((await store.note(note)) === null) return
  const isRead = stopped === null || (await store.readState(stream))?.at !== state?.at
  if (isRead) await store.setNote(note, null)
}
