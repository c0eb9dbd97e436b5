import { formatCount } from '../platform/terminal.ts'
import type { RunProblem } from '../sync/problem.ts'
import type { PullCounts, SweepCounts } from '../sync/pull-counts.ts'
import type { RunResult } from '../sync/run.ts'
import { byNextStep } from './next-steps.ts'
import type { Output } from './output.ts'
import { costAfter } from './say-cost.ts'

/** A run as people read it: what was read, what was sent, what needs a person. */
export function sayRun(output: Output, result: RunResult): void {
  if (result.sources.length > 0) {
    output.table(
      [
        { title: 'source' },
        { title: 'object' },
        { title: 'read' },
        { title: 'stored' },
        { title: 'unchanged' },
        { title: 'rejected' },
        { title: 'deleted' },
        { title: 'requests' },
      ],
      result.sources.map((one) => [
        one.name,
        objectOf(one, result.sources),
        one.read,
        one.stored,
        one.unchanged,
        one.rejected,
        one.deleted + one.vanished,
        one.requests,
      ]),
    )
  }
  for (const { name, object, swept } of result.sources)
    if (swept !== null) output.say(`${name} ${object}: ${sweptSentence(swept)}`)
  for (const cost of result.costs) {
    if (cost.quota !== null) output.say(`${cost.name}: ${costAfter(cost, requestsOf(result, cost.name))}`)
  }
  if (result.derived !== null && result.derived.dossiers > 0)
    output.say(`Derived ${plural(result.derived.dossiers, 'dossier')} in ${result.derived.ms} ms`)
  if (result.derived !== null && result.derived.restated > 0)
    output.say(
      `${plural(result.derived.restated, 'row')} of closed months would be different now; boardsync restatements lists them`,
    )
  if (result.boards.length > 0) {
    if (result.sources.length > 0) output.say('')
    // Most boards say nothing, and their tables are wide enough.
    const says = result.boards.some(({ said }) => said > 0)
    output.table(
      [
        { title: 'board' },
        { title: 'items' },
        { title: 'unchanged' },
        { title: 'created' },
        { title: 'updated' },
        { title: 'moved' },
        { title: 'archived' },
        ...(says ? [{ title: 'said' }] : []),
        { title: 'refused' },
        { title: 'unknown' },
        { title: 'stale' },
        { title: 'pending' },
        { title: 'calls' },
      ],
      result.boards.map((one) => [
        one.name,
        one.items,
        one.unchanged,
        one.created,
        one.updated,
        one.moved,
        one.archived,
        ...(says ? [one.said] : []),
        one.refused,
        one.unknown,
        one.stale,
        one.pending,
        one.calls,
      ]),
    )
  }
  sayProblems(output, result.problems)
}

/** `contacts (lead)`: one object that is read as several kinds of record is told apart by them. */
function objectOf({ name, object, kind }: PullCounts, all: readonly PullCounts[]): string {
  const isOnly = all.every((one) => one.name !== name || one.object !== object || one.kind === kind)
  return isOnly ? object : `${object} (${kind})`
}

/** `swept 12,345 records: 12 values changed without a stamp, 3 gone, 1 newly visible`. */
function sweptSentence({ records, changed, gone, appeared }: SweepCounts): string {
  const found = [
    ...(changed > 0 ? [`${plural(changed, 'value')} changed without a stamp`] : []),
    ...(gone > 0 ? [`${formatCount(gone)} gone`] : []),
    ...(appeared > 0 ? [`${formatCount(appeared)} newly visible`] : []),
  ]
  return `swept ${plural(records, 'record')}: ${found.length === 0 ? 'nothing had changed unseen' : found.join(', ')}`
}

function plural(n: number, word: string): string {
  return `${formatCount(n)} ${word}${n === 1 ? '' : 's'}`
}

export function sayProblems(output: Output, problems: readonly RunProblem[]): void {
  const { colors } = output
  for (const alike of byNextStep(problems)) {
    for (const { subject, code, message, exit } of alike)
      output.say(`${exit === 0 ? colors.yellow(code) : colors.red(code)} ${colors.bold(subject)}: ${message}`)
    const hint = alike[0]?.hint
    if (hint !== undefined) output.say(`  ${colors.dim(hint)}`)
  }
}

/** What `--json` prints of a run. */
export function runToJson(result: RunResult): object {
  return {
    run: result.run,
    sources: result.sources.map(({ kind, vanished, remapped, sharedRequests, ...counts }) => ({
      ...counts,
      kind,
      vanished,
      remapped,
    })),
    orgs: orgsOf(result),
    costs: result.costs.map((cost) => ({ ...cost, requests: requestsOf(result, cost.name) })),
    derived: result.derived,
    boards: result.boards,
    problems: result.problems,
    definitions: result.definitions,
    seconds: result.seconds,
  }
}

/** All requests that reading a source took. */
function requestsOf({ sources }: RunResult, name: string): number {
  const own = sources.filter((source) => source.name === name)
  return own.reduce((sum, source) => sum + source.requests + source.sharedRequests, 0)
}

/** Requests that served a source as a whole: for a token. */
export function orgsOf(result: RunResult): { name: string; requests: number }[] {
  return [...Map.groupBy(result.sources, (source) => source.name)].map(([name, own]) => ({
    name,
    requests: own.reduce((sum, source) => sum + source.sharedRequests, 0),
  }))
}
