import type { Link } from '../store/store.ts'
import type { LinkReason } from '../sync/identify.ts'
import type { Status } from '../sync/status.ts'
import type { Output } from './output.ts'

/** What a person should look at: findings by code with one example each, usage of no account, accounts that may be several. */
export function sayFindings(output: Output, { findings, usage, identity }: Status): void {
  if (findings.length > 0) {
    output.say('\nFor a person to look at:')
    output.table(
      [{ title: 'what', align: 'left' }, { title: 'count' }, { title: 'for example', align: 'left' }],
      findings.map((one) => [one.code, one.count, one.example]),
    )
  }
  if (usage.pointsWithoutAccount > 0) {
    const share = ((100 * usage.eventsWithoutAccount) / Math.max(1, usage.events)).toFixed(1)
    output.say(
      `\n${usage.pointsWithoutAccount} of ${usage.points} points of usage, ${share} % of events, are of no account that is known`,
    )
  }
  if (identity.open > 0)
    output.say(`\n${identity.open} accounts may be one of several others and are not matched: boardsync identity`)
}

/** `w-17 may be 001… or 001…, by domain:acme.com: not matched`. */
export function wordsForLink(link: Link): string {
  const reason = JSON.parse(link.reason) as LinkReason
  return reason.is === 'same'
    ? `${link.id} stands for ${reason.as}, by ${reason.by}`
    : `${link.id} may be ${reason.candidates.join(' or ')}, by ${reason.by}: not matched`
}

/** A link as `--json` prints it. */
export function linkToJson(link: Link) {
  return { id: link.id, ...(JSON.parse(link.reason) as LinkReason) }
}
