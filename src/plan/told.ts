import type { ChangeOutcome } from '../board/board.ts'
import type { PlannedChange, Step } from './plan.ts'

/**
 * What was said of an item, as the ledger keeps it: by announcement, the occasions it was said on. Of a notification there
 * is an entry for each person. What the host refused to say is marked; what nobody had to be told of is said.
 */
export type Told = Readonly<Record<string, readonly string[]>>

/** Before an occasion that was to be said and was refused: no occasion begins so. */
const REFUSED = '\n'
/** Between an occasion and the person who was told of it. */
const BETWEEN = '\t'

/** Reads the ledger's `told`. */
export function readTold(text: string | undefined): Told {
  return text === undefined || text === '' ? {} : (JSON.parse(text) as Told)
}

/** Writes it: names and occasions sorted, so that equal ones give equal text; nothing said is no text. */
export function writeTold(told: Told): string {
  const names = Object.keys(told).sort()
  return names.length === 0 ? '' : JSON.stringify(Object.fromEntries(names.map((name) => [name, told[name]])))
}

/** Takes something as said without saying it. */
export function withSaid(told: Told, name: string, token: string): Told {
  return with_(told, name, token, '')
}

/** Whether an update is still to be written for an occasion. */
export function isUpdateDue(told: Told, name: string, token: string): boolean {
  return !(told[name] ?? []).includes(token)
}

/** Who of those to notify is still to be told; of an occasion that others were told of, only those who were refused. */
export function dueRecipients(told: Told, name: string, token: string, to: readonly string[]): string[] {
  const known = told[name] ?? []
  if (known.includes(token)) return []
  const prefix = `${token}${BETWEEN}`
  const isKnown = known.some((one) => one.startsWith(prefix) || one.startsWith(`${REFUSED}${prefix}`))
  return to.filter((email) => !isKnown || known.includes(`${REFUSED}${prefix}${email}`))
}

/** What an item was told of once a change's steps came out so; `null`: not known to be said, and to be said again. */
export function toldAfter(
  change: PlannedChange,
  before: string | undefined,
  outcomes: readonly (SaidOutcome | null)[],
): string {
  let told = readTold(before)
  for (const [name, tokens] of Object.entries(readTold(change.told)))
    for (const token of tokens) told = withSaid(told, name, token)
  change.steps.forEach((step, n) => {
    const outcome = outcomes[n] ?? null
    if (outcome === null || (step.kind !== 'post' && step.kind !== 'notify')) return
    told = with_(told, step.name, entryOf(step), outcome === 'refused' ? REFUSED : '')
  })
  return writeTold(told)
}

export type SaidOutcome = 'said' | 'refused'

/** Of outcomes that are known. */
export function saidOutcome({ status }: ChangeOutcome): SaidOutcome | null {
  return status === 'applied' ? 'said' : status === 'refused' ? 'refused' : null
}

function entryOf(step: Extract<Step, { kind: 'post' | 'notify' }>): string {
  return step.kind === 'post' ? step.token : `${step.token}${BETWEEN}${step.email}`
}

function with_(told: Told, name: string, entry: string, mark: '' | typeof REFUSED): Told {
  const others = (told[name] ?? []).filter((one) => one !== entry && one !== `${REFUSED}${entry}`)
  return { ...told, [name]: [...others, `${mark}${entry}`].sort() }
}
