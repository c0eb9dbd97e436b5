import { instantText } from '../canonical.ts'
import type { WireComment, WireUser } from './wire.ts'

/** By which way comments come that no person wrote: triggers, automations, answers of a bot. */
const MACHINES = /^(rule|system|answer_bot.*|.*bot|automation|trigger|-1)$/i

/**
 * When a person first answered where the customer sees it; `null`: nobody did yet.
 *
 * A person is an agent or admin who is none of `bots`; what rules and bots write is no answer, nor is a note that only agents
 * see. The ticket's first comment is the question, also where an agent wrote it for the customer.
 */
export function firstPublicReply(
  comments: readonly WireComment[],
  users: ReadonlyMap<string, WireUser>,
  requester: string | null,
  bots: ReadonlySet<string>,
): string | null {
  const inOrder = [...comments].sort((a, b) => (a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : 0))
  const answer = inOrder.slice(1).find((comment) => {
    if (comment.public !== true || MACHINES.test(String(comment.via?.channel ?? ''))) return false
    const author = comment.author_id ?? ''
    const user = users.get(author)
    const isAgent = user?.role === 'agent' || user?.role === 'admin'
    const isBot = bots.has(author) || (user?.email != null && bots.has(user.email.toLowerCase()))
    return isAgent && !isBot && author !== requester
  })
  return answer === undefined ? null : instantText(answer.created_at)
}
