import type { BoardBudget, BoardProblem, ColumnType, WayCost } from '../board/board.ts'
import type { GuardVerdict } from './guard.ts'
import {
  CHANGE_KINDS,
  type ChangeKind,
  countToSend,
  type Difference,
  isSaying,
  KEY,
  NAME,
  type PlannedChange,
  type PlanSummary,
  shortDigest,
} from './plan.ts'

/** What a plan is shown with. */
export interface PlanView {
  readonly summary: PlanSummary
  /** The first changes, in the order in which they are to be shown; the rest is only counted. */
  readonly changes: readonly PlannedChange[]
  /** Types by column title, so that numbers are shown as such; cells are shown in this order. */
  readonly types: Readonly<Record<string, ColumnType>>
  /** About what it takes to send it. */
  readonly cost: PlanCost
  /** Whether the board, or columns, groups or labels of it, are still to be made: that takes calls of its own. */
  readonly prepares?: boolean
  readonly budget: BoardBudget | null
  readonly guard: GuardVerdict | null
  /** What people did to the board and its items. */
  readonly drift?: readonly BoardProblem[]
}

/** What a plan costs, and the ways its changes go. */
export interface PlanCost extends WayCost {
  /** Changes that go by import, and in how many files. */
  readonly imported: number
  readonly files: number
  /** Changes that wait until another hour has imports left. */
  readonly later: number
  /** What it would cost without imports. */
  readonly costOfSending: WayCost
}

/** Colours for a terminal; leave them out for plain text. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  yellow(text: string): string
  red(text: string): string
}

const PLAIN: Paint = { bold: same, dim: same, green: same, yellow: same, red: same }

function same(text: string): string {
  return text
}

const MARK: Readonly<Record<ChangeKind, string>> = {
  create: '+',
  update: '~',
  move: '>',
  archive: '-',
  post: '"',
  notify: '@',
}

/** A plan as people read it: totals, then each change cell by cell with its reason, then what it costs. No final line break. */
export function renderPlan(view: PlanView, paint: Paint = PLAIN): string {
  const { summary, changes } = view
  const lines = [
    `${paint.bold(summary.board)}: plan ${shortDigest(summary.digest)}`,
    `  ${renderTotals(summary)}`,
    ...(view.drift ?? []).flatMap((one) => [
      `  ${paint.yellow('!')} ${oneLine(one.message)}`,
      ...(one.hint === undefined ? [] : [`    ${paint.dim(oneLine(one.hint))}`]),
    ]),
    ...changes.flatMap((change) => ['', ...renderChange(change, view.types, paint)]),
  ]
  const more = countToSend(summary) - changes.length
  if (more > 0) lines.push('', paint.dim(`  … and ${grouped(more)} more`))
  lines.push('', ...renderNotes(view, paint), `  ${renderCost(view)}`)
  return lines.join('\n')
}

/** `12 to create, 3 to update; 1,980 unchanged`: what there is, the rest left out. */
export function renderTotals(summary: PlanSummary): string {
  const todo = CHANGE_KINDS.filter((kind) => summary[kind] > 0).map((kind) => `${grouped(summary[kind])} to ${kind}`)
  const rest = [`${grouped(summary.unchanged)} unchanged`]
  if (summary.refused > 0) rest.push(`${grouped(summary.refused)} refused`)
  if (summary.inDoubt > 0) rest.push(`${grouped(summary.inDoubt)} in doubt`)
  return [todo.length === 0 ? 'nothing to do' : todo.join(', '), ...rest].join('; ')
}

function renderChange(change: PlannedChange, types: PlanView['types'], paint: Paint): string[] {
  const colour = change.kind === 'create' ? paint.green : change.kind === 'archive' ? paint.red : paint.yellow
  const where =
    change.group === null
      ? ''
      : change.group.before === null
        ? ` in ${change.group.after}`
        : ` ${change.group.before} → ${change.group.after}`
  if (isSaying(change.kind)) return renderSaid(change, colour, paint)
  const head = `  ${colour(MARK[change.kind])} ${paint.bold(oneLine(change.name))}  ${change.kind}${where}  ${paint.dim(change.why)}`
  const cells = inOrder(change.cells, types).map(([title, difference]) => {
    const shown = title === NAME ? 'Name' : title === KEY ? 'Key' : title
    return `${shown}: ${renderDifference(difference, types[title])}`
  })
  // What is new has nothing before it: side by side it is read at a glance.
  const lines = change.kind === 'create' ? wrap(cells, ' · ') : cells
  return [head, ...lines.map((line) => `      ${line}`)]
}

/** What is said once for several people is shown once. */
function renderSaid(change: PlannedChange, colour: (text: string) => string, paint: Paint): string[] {
  const people = new Map<string, string[]>()
  for (const step of change.steps) {
    if (step.kind !== 'post' && step.kind !== 'notify') continue
    people.set(step.text, [...(people.get(step.text) ?? []), ...(step.kind === 'notify' ? [step.email] : [])])
  }
  const lines = [...people].map(
    ([text, to]) => `${to.length === 0 ? '' : `to ${to.join(', ')}: `}${cutLine(text, SAID_LENGTH)}`,
  )
  return [
    `  ${colour(MARK[change.kind])} ${paint.bold(oneLine(change.name))}  ${change.kind}  ${paint.dim(oneLine(change.why))}`,
    ...lines.map((line) => `      ${line}`),
  ]
}

/** The name first, then columns as the board has them. */
function inOrder(cells: PlannedChange['cells'], types: PlanView['types']): [string, Difference][] {
  const order = [NAME, ...Object.keys(types)]
  const rank = ([title]: [string, Difference]) => (order.includes(title) ? order.indexOf(title) : order.length)
  return Object.entries(cells).sort((a, b) => rank(a) - rank(b))
}

const LINE_LENGTH = 100

/** Joins parts into lines of at most `LINE_LENGTH`, never cutting a part. */
function wrap(parts: readonly string[], between: string): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last === undefined || last.length + between.length + part.length > LINE_LENGTH) lines.push(part)
    else lines[lines.length - 1] = `${last}${between}${part}`
  }
  return lines
}

function renderDifference({ before, after }: Difference, type: ColumnType | undefined): string {
  return before === null ? renderCell(after, type) : `${renderCell(before, type)} → ${renderCell(after, type)}`
}

/** Long texts are cut: the board has the whole. */
const CELL_LENGTH = 60
/** What is said cannot be taken back: it is shown as far as anybody reads. */
const SAID_LENGTH = 300

function renderCell(text: string, type: ColumnType | undefined): string {
  if (type === 'checkbox') return text === '' ? 'no' : 'yes'
  if (text === '') return '(empty)'
  if (type === 'numbers') return groupedDecimal(text)
  return cutLine(text)
}

function cutLine(text: string, length = CELL_LENGTH): string {
  const line = oneLine(text)
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}

/** Control characters would let a record move the cursor of somebody's terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}

function renderNotes(view: PlanView, paint: Paint): string[] {
  const { notes, keptCells } = view.summary
  const sentences = [
    ...(view.guard?.notes ?? []),
    ...(notes['column-missing'] > 0 ? [`${grouped(notes['column-missing'])} cells have no column on the board`] : []),
    ...(notes['label-missing'] > 0 ? [`${grouped(notes['label-missing'])} cells want a label the board lacks`] : []),
    ...(notes['person-unknown'] > 0
      ? [`${grouped(notes['person-unknown'])} cells name people who are not on the account`]
      : []),
    ...(notes['link-missing'] > 0
      ? [`${grouped(notes['link-missing'])} links name items that are not on their board yet`]
      : []),
    ...(keptCells > 0 ? [`${grouped(keptCells)} cells stay as people edited them`] : []),
  ]
  const faults = (view.guard?.faults ?? []).map((fault) =>
    paint.red(`  ${fault.code}: ${fault.message}${fault.hint === undefined ? '' : `\n    ${fault.hint}`}`),
  )
  return [...sentences.map((sentence) => `  ${sentence}`), ...faults]
}

function renderCost({ cost, prepares, budget }: PlanView): string {
  const { day } = budget ?? { day: null }
  const calls = cost.calls === 0 ? 'No calls' : `About ${callsOf(cost)}`
  const more = prepares === true && cost.calls > 0 ? ', and a few to make what the board lacks' : ''
  const today = day === null ? '' : `${more === '' ? '' : ','}${ofToday(day)}`
  const time = cost.calls === 0 || cost.ms < 1_000 ? '' : `, in about ${roughly(cost.ms)}`
  return [`${calls}${more}${today}${time}`, ...renderWays(cost)].join('\n  ')
}

function ofToday({ limit, used }: NonNullable<BoardBudget['day']>): string {
  return ` of today's ${grouped(limit)} (${grouped(Math.ceil(used))} used)`
}

/** Which way changes go, where some do not go in requests. */
function renderWays({ imported, files, later, costOfSending }: PlanCost): string[] {
  const lines: string[] = []
  if (imported > 0) {
    const inFiles = files === 1 ? 'one file' : `${grouped(files)} files`
    const others = `${callsOf(costOfSending)} and ${roughly(costOfSending.ms)}`
    lines.push(
      `${grouped(imported)} changes go by import, in ${inFiles}; sent one by one, all would take about ${others}`,
    )
  }
  if (later > 0) {
    const wait = `${grouped(later)} change${later === 1 ? ' waits' : 's wait'} for another hour`
    lines.push(`${wait}: the imports of this one are used up, and one by one they take more calls than today has left`)
  }
  return lines
}

function callsOf({ calls }: WayCost): string {
  return `${grouped(calls)} call${calls === 1 ? '' : 's'}`
}

/** `40 seconds`, `3 minutes`, `2 hours`: an estimate promises no more. */
function roughly(ms: number): string {
  const [n, unit] =
    ms < 90_000
      ? [Math.max(1, Math.round(ms / 1_000)), 'second']
      : ms < 5_400_000
        ? [Math.round(ms / 60_000), 'minute']
        : [Math.round(ms / 3_600_000), 'hour']
  return `${grouped(n)} ${unit}${n === 1 ? '' : 's'}`
}

/** The same as data, for `--json`. */
export function planToJson(view: PlanView): Readonly<Record<string, unknown>> {
  const { summary, changes, cost, budget, guard, drift = [] } = view
  return {
    ...summary,
    calls: cost.calls,
    ms: cost.ms,
    ways: {
      imported: cost.imported,
      files: cost.files,
      sent: summary.steps - cost.imported - cost.later,
      later: cost.later,
      costOfSending: cost.costOfSending,
    },
    budget: budget?.day ?? null,
    guard:
      guard === null
        ? null
        : {
            verdict: guard.verdict,
            problems: guard.faults.map(({ code, message, hint }) => ({ code, message, hint: hint ?? null })),
            notes: guard.notes,
          },
    drift: drift.map(({ level, code, message, hint }) => ({ level, code, message, hint: hint ?? null })),
    changes: changes.map(({ key, kind, cause, why, name, group, cells, steps }) => ({
      key,
      kind,
      cause,
      why,
      name,
      group,
      cells,
      ...(isSaying(kind) ? { says: steps.flatMap(saidOf) } : {}),
    })),
  }
}

function saidOf(step: PlannedChange['steps'][number]): { text: string; to?: string }[] {
  if (step.kind === 'post') return [{ text: step.text }]
  return step.kind === 'notify' ? [{ text: step.text, to: step.email }] : []
}

function grouped(n: number): string {
  return groupedDecimal(String(n))
}

/** `24710.5` as `24,710.5`; text that is no plain decimal stays as it is. */
function groupedDecimal(text: string): string {
  const parts = /^(-?)(\d+)(\.\d+)?$/.exec(text)
  if (parts === null) return text
  return `${parts[1]}${parts[2]?.replaceAll(/\B(?=(\d{3})+$)/g, ',')}${parts[3] ?? ''}`
}
