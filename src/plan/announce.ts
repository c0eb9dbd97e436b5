import { createHash } from 'node:crypto'
import type { DesiredItem, Said } from './desired.ts'
import type { Known, PairPlan, PlannedChange, PlanPair, Step } from './plan.ts'
import type { PlanOptions } from './planner.ts'
import { dueRecipients, isUpdateDue, readTold, type Told, withSaid, writeTold } from './told.ts'

/** What is to be said of one key, beside what its item is to show. */
export interface Announced {
  /** Changes of their own, sent when the item shows what it is to show: updates first. */
  readonly changes: readonly PlannedChange[]
  /** What is taken as said without saying it, with the rest of what was; `null`: nothing new. */
  readonly told: string | null
  /** Recipients whom nobody on the account is. */
  readonly strangers: number
}

const NOTHING: Announced = { changes: [], told: null, strangers: 0 }

/**
 * What is to be said of one key: an update or a notification for each occasion that nobody was told of yet. What holds
 * while an announcement is new to the board is taken as said, since it is no news. Of an item that is refused, in doubt or
 * on its way out nothing is said.
 */
export function planAnnouncements(pair: PlanPair, plan: PairPlan, options: PlanOptions): Announced {
  const says = saysOf(pair)
  if (says.length === 0 || (plan.is !== 'unchanged' && (plan.is !== 'change' || plan.change.removal))) return NOTHING
  let told = readTold(pair.ledger?.told)
  const before = writeTold(told)
  const posts: Step[] = []
  const notes: Step[] = []
  let strangers = 0
  const itemId = plan.is === 'change' && plan.change.kind === 'create' ? '' : (pair.ledger?.itemId ?? '')
  for (const said of says) {
    const { name, token, text, to } = said
    if (options.announces?.has(name) !== true) {
      if (isNew(told, said)) told = withSaid(told, name, token)
      continue
    }
    if (to === undefined) {
      if (isUpdateDue(told, name, token)) posts.push({ kind: 'post', itemId, name, token, text })
      continue
    }
    for (const email of dueRecipients(told, name, token, to)) {
      if (options.unknownPeople.has(email)) strangers += 1
      else notes.push({ kind: 'notify', itemId, name, token, email, text })
    }
  }
  const after = writeTold(told)
  const changes = [changeOf(pair, plan, 'post', posts, options), changeOf(pair, plan, 'notify', notes, options)]
  return { changes: changes.filter((one) => one !== null), told: after === before ? null : after, strangers }
}

/** Everybody whom what is to be said of an item names. */
export function recipientsOf({ says = [] }: Partial<DesiredItem>): string[] {
  return says.flatMap(({ to = [] }) => to)
}

function isNew(told: Told, { name, token, to }: Said): boolean {
  return to === undefined ? isUpdateDue(told, name, token) : dueRecipients(told, name, token, to).length > 0
}

function saysOf(pair: PlanPair): readonly Said[] {
  const [only] = pair.desired
  // Most boards say nothing: their items are not read once more for it.
  if (only === undefined || pair.desired.length > 1 || !only.body.includes('"says":[')) return []
  return (JSON.parse(only.body) as Partial<DesiredItem>).says ?? []
}

function changeOf(
  { key, ledger }: PlanPair,
  plan: Extract<PairPlan, { is: 'change' | 'unchanged' }>,
  kind: 'post' | 'notify',
  steps: readonly Step[],
  options: PlanOptions,
): PlannedChange | null {
  if (steps.length === 0) return null
  const base = plan.is === 'change' ? plan.change : null
  return {
    board: options.board,
    key,
    kind,
    cause: 'announced',
    why: [...new Set(steps.map(titleOf))].join(', '),
    removal: true,
    version: ledger?.version ?? 0,
    name: base?.name ?? ledger?.name ?? key,
    group: null,
    cells: {},
    urgency: 0,
    desired: digestOf(steps),
    complete: true,
    place: 'active',
    leftOn: (ledger as Known | null)?.leftOn ?? null,
    steps,
    ...(base === null ? {} : { after: base.desired }),
  }
}

/** The announcement by its own name: `notify Won` as `Won`. */
function titleOf(step: Step): string {
  return 'token' in step ? step.name.slice(step.name.indexOf(' ') + 1) : ''
}

function digestOf(steps: readonly Step[]): string {
  const said = steps.map((step) => ('token' in step ? [step.name, step.token, 'email' in step ? step.email : ''] : []))
  return `said ${createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 16)}`
}
