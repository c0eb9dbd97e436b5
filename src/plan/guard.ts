import { Fault } from '../platform/errors.ts'
import { type PlanSummary, shortDigest } from './plan.ts'

/** How much of a board one plan may change without a person's word. Shares are 0..1. */
export interface GuardLimits {
  /** Share that may vanish at its source, on boards with at least `minItems` items. */
  readonly maxVanished: number
  /** How many items one plan may say something of; absent: any. */
  readonly maxSaid?: number
  /** Share that may change because data changed, likewise. */
  readonly maxChanged: number
  readonly minItems: number
}

export interface GuardOptions {
  readonly limits: GuardLimits
  /** What becomes of items that are gone at their source. */
  readonly whenGone: 'archive' | 'mark' | 'keep'
  /** Whether the mapping changed since the board was last made equal. */
  readonly mappingChanged: boolean
  /** Objects (`salesforce Opportunity`) that had records and of which a full read just delivered none. */
  readonly emptied: readonly string[]
  /**
   * Objects that were never read to their end, where the plan takes away items that no record read so far speaks of.
   * Empty or absent: none of that.
   */
  readonly unread?: readonly string[]
  /** Objects that were read longer ago than the board's `fresh_within`, the oldest first: nothing is sent. */
  readonly stale?: readonly StaleObject[]
  /** Only its owners may change the board, and we are none of them. */
  readonly closed?: boolean
  /** Boards of totals may change as a whole when data changes. */
  readonly ofTotals: boolean
  /** What a person allowed, for one digest (all of it, or its first twelve digits). */
  readonly allowed?: GuardAllowance
}

/** An object that feeds a board and was not read for longer than the board allows. */
export interface StaleObject {
  readonly source: string
  readonly object: string
  readonly ageMs: number
  readonly withinMs: number
}

export interface GuardAllowance {
  readonly digest: string
  /** How many vanished items may be archived or marked (`--allow-archive`). */
  readonly archive?: number
  /** How many items may change because data changed (`--allow-change`). */
  readonly change?: number
}

/** `confirm`: wants a person's word once, as a scheduled run cannot give it. `refused`: wants a person who looked first. */
export interface GuardVerdict {
  readonly verdict: 'allowed' | 'confirm' | 'refused'
  /** What stands in the way, each with the command that overrides it; empty when allowed. */
  readonly faults: readonly Fault[]
  /** Worth a person's eye, but in nobody's way. */
  readonly notes: readonly string[]
}

/**
 * Holds a plan against the limits, by cause.
 *
 * Items that *vanished* at their source: refused above the limit, and always, however few, when a source that had
 * records delivered a full read of none; nor do items go that no record speaks of, while some were never read. A changed *mapping*: one confirmation, with counts. Changed *data*: refused
 * above the limit, save on boards of totals. More *said* than the limit: one confirmation. Items that *left* by `where` are reported. Creates never count, nor does
 * anything on a board that has no items yet, except that nothing at all is sent of what is older than the board's
 * `fresh_within`. What a person allowed for this digest passes.
 */
export function guardPlan(summary: PlanSummary, options: GuardOptions): GuardVerdict {
  const refusals = [
    closedFault(summary, options),
    unreadFault(summary, options),
    staleFault(summary, options),
    vanishedFault(summary, options),
    changedFault(summary, options),
  ].filter((fault) => fault !== null)
  const confirmations = [mappingFault(summary, options), saidFault(summary, options)].filter((fault) => fault !== null)
  const faults = [...refusals, ...confirmations]
  const verdict = refusals.length > 0 ? 'refused' : confirmations.length > 0 ? 'confirm' : 'allowed'
  return { verdict, faults, notes: notesOf(summary) }
}

/** Sent all the same, every change would be refused. */
function closedFault(summary: PlanSummary, { closed }: GuardOptions): Fault | null {
  if (summary.steps === 0 || closed !== true) return null
  const { message, hint } = closedSentence(summary.board)
  return new Fault('plan-board-closed', `${planName(summary)} cannot be sent. ${message}`, {
    blame: 'operator',
    exit: 4,
    hint,
  })
}

/** What `check` says of the same. */
export function closedSentence(board: string): { readonly message: string; readonly hint: string } {
  return {
    message: `Only its owners may change board "${board}", and the token's user is none of them`,
    hint: 'On the board, make that user an owner, or let everyone edit (… > Permissions); then run sync',
  }
}

/** A new store, and a source that cannot be read: the board must not be cleared because nothing is known yet. */
function unreadFault(summary: PlanSummary, { unread = [] }: GuardOptions): Fault | null {
  const [first, ...others] = unread
  if (first === undefined) return null
  const objects = others.length === 0 ? `${first} was` : `${first} and ${others.length} more were`
  return new Fault(
    'plan-source-unread',
    `${planName(summary)} would take items off board "${summary.board}" of which no record is known, but ${objects} never read to the end`,
    { blame: 'operator', exit: 4, hint: 'Run pull until it ends without a problem, then plan again' },
  )
}

/** What is old by the mapping's own word is not sent; only reading it again mends that. */
function staleFault(summary: PlanSummary, { stale = [] }: GuardOptions): Fault | null {
  if (summary.steps === 0 || stale.length === 0) return null
  return new Fault(
    'plan-source-stale',
    `${planName(summary)} would send to board "${summary.board}" what is too old: ${staleSentence(stale)}`,
    { blame: 'operator', exit: 4, hint: staleHint(stale) },
  )
}

/** `salesforce Opportunity was last read 3 days ago, and fresh_within is 26 h`. */
export function staleSentence(stale: readonly StaleObject[]): string {
  const [first] = stale
  if (first === undefined) return ''
  const others = stale.length - 1
  const more = others === 0 ? '' : ` (and ${count(others, 'more object')} with it)`
  return `${first.source} ${first.object} was last read ${span(first.ageMs)} ago${more}, and fresh_within is ${span(first.withinMs)}`
}

/** The command that reads it again. */
export function staleHint(stale: readonly StaleObject[]): string {
  return `Run sync, or pull ${[...new Set(stale.map(({ source }) => source))].join(' ')} and plan again`
}

/** Hours up to two days, then days; minutes below an hour. Rounded down, so that nothing reads older than it is. */
function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}

function vanishedFault(summary: PlanSummary, options: GuardOptions): Fault | null {
  const vanished = summary.byCause.vanished
  if (vanished === 0 || isAllowed(summary, options, options.allowed?.archive, vanished)) return null
  const { limits, emptied } = options
  const would = options.whenGone === 'mark' ? 'mark as gone' : 'archive'
  const command = `${applyCommand(summary)} --allow-archive ${vanished}`
  if (emptied.length > 0) {
    return new Fault(
      'plan-source-empty',
      `${planName(summary)} would ${would} ${vanished} of ${summary.existing} items on board "${summary.board}", ` +
        `but ${emptied.join(' and ')} had records and a full read delivered none`,
      {
        blame: 'operator',
        exit: 4,
        hint: `Check that the source still shows its records to our user; if the change is meant, run ${command}`,
      },
    )
  }
  if (!isOver(vanished, summary, limits.maxVanished, limits)) return null
  return new Fault(
    options.whenGone === 'mark' ? 'plan-marks-too-much' : 'plan-archives-too-much',
    `${planName(summary)} would ${would} ${shareOf(vanished, summary)} (${limitOf(vanished, summary, limits.maxVanished)})`,
    {
      blame: 'operator',
      exit: 4,
      hint: `Check that every source returned records; if the change is meant, run ${command}`,
    },
  )
}

function changedFault(summary: PlanSummary, options: GuardOptions): Fault | null {
  const changed = summary.byCause.data
  const { limits } = options
  if (options.ofTotals || !isOver(changed, summary, limits.maxChanged, limits)) return null
  if (isAllowed(summary, options, options.allowed?.change, changed)) return null
  return new Fault(
    'plan-changes-too-much',
    `${planName(summary)} would change ${shareOf(changed, summary)} because data changed ` +
      `(${limitOf(changed, summary, limits.maxChanged)})`,
    {
      blame: 'operator',
      exit: 4,
      hint: `Look at plan ${summary.board} for what changed at the source; if it is meant, run ${applyCommand(summary)} --allow-change ${changed}`,
    },
  )
}

function mappingFault(summary: PlanSummary, options: GuardOptions): Fault | null {
  const { mapping, left } = summary.byCause
  const affected = mapping + left
  if (!options.mappingChanged || summary.existing === 0 || affected === 0) return null
  if (options.allowed !== undefined && namesPlan(options.allowed.digest, summary.digest)) return null
  return new Fault(
    'plan-mapping-changed',
    `The mapping of board "${summary.board}" changed: ${planName(summary).toLowerCase()} would change ${mapping}, ` +
      `move ${left} to Left and create ${summary.create}, of ${summary.existing} items`,
    { blame: 'operator', exit: 4, hint: `Look at plan ${summary.board}; then run ${applyCommand(summary)}` },
  )
}

/** What is said cannot be taken back: a mapping that takes old news for new, or records loaded late, would tell everybody. */
function saidFault(summary: PlanSummary, { limits, allowed }: GuardOptions): Fault | null {
  const said = summary.post + summary.notify
  if (limits.maxSaid === undefined || said <= limits.maxSaid) return null
  if (allowed !== undefined && namesPlan(allowed.digest, summary.digest)) return null
  const what = [
    ...(summary.post > 0 ? [`write updates under ${count(summary.post, 'item')}`] : []),
    ...(summary.notify > 0 ? [`notify people of ${count(summary.notify, 'item')}`] : []),
  ]
  return new Fault(
    'plan-says-too-much',
    `${planName(summary)} would ${what.join(' and ')} of board "${summary.board}" (the limit is ${limits.maxSaid})`,
    {
      blame: 'operator',
      exit: 4,
      hint: `Look at plan ${summary.board}; if all of it is news, run ${applyCommand(summary)}; else give the update or notification another name in the mapping: what holds by then is taken as said`,
    },
  )
}

function notesOf(summary: PlanSummary): string[] {
  const { left, expired, crowded, duplicate } = summary.byCause
  const notes: string[] = []
  if (left > 0) notes.push(`${count(left, 'item')} left by where and ${left === 1 ? 'goes' : 'go'} to the group Left`)
  if (expired > 0) notes.push(`${count(expired, 'item')} of Left ${expired === 1 ? 'is' : 'are'} old enough to archive`)
  if (crowded > 0) notes.push(`${count(crowded, 'item')} of Left ${crowded === 1 ? 'is' : 'are'} archived to make room`)
  if (duplicate > 0) notes.push(`${count(duplicate, 'key')} had a second item, which is archived`)
  return notes
}

function isOver(part: number, summary: PlanSummary, limit: number, limits: GuardLimits): boolean {
  return summary.existing >= limits.minItems && part / summary.existing > limit
}

function isAllowed(
  summary: PlanSummary,
  options: GuardOptions,
  allowance: number | undefined,
  needed: number,
): boolean {
  const { allowed } = options
  return allowed !== undefined && namesPlan(allowed.digest, summary.digest) && (allowance ?? 0) >= needed
}

/** Whether a person's text names this plan: its whole digest or at least the first twelve digits. */
export function namesPlan(text: string, digest: string): boolean {
  return text.length >= 12 && digest.startsWith(text.toLowerCase())
}

function planName(summary: PlanSummary): string {
  return `Plan ${shortDigest(summary.digest)}`
}

function applyCommand(summary: PlanSummary): string {
  return `apply --digest ${shortDigest(summary.digest)}`
}

function shareOf(part: number, summary: PlanSummary): string {
  return `${part} of ${summary.existing} items on board "${summary.board}"`
}

function limitOf(part: number, summary: PlanSummary, limit: number): string {
  return `${percent(part / summary.existing)}; the limit is ${percent(limit)}`
}

/** Rounded away from the limit's side: 5.04 % never reads as `5 %`. */
function percent(share: number): string {
  const whole = share * 100
  return `${Number.isInteger(whole) ? whole : Math.ceil(whole * 10) / 10} %`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
