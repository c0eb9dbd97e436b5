import { type Catalogue, comparable } from './catalogue.ts'
import type { Dossier } from './dossier.ts'

/** A feature that a free text may ask for: only a person can say whether it does. */
export interface PossibleRequest {
  /** Of the text and the feature: the same text gives the same id, so that an answer holds. */
  readonly id: string
  readonly featureId: string
  readonly from: { readonly kind: 'opportunity' | 'ticket'; readonly id: string; readonly field: string }
  readonly accountId: string | undefined
  readonly opportunityId: string | undefined
  /** The name of the feature as the text has it, compared. */
  readonly name: string
  readonly text: string
  /** When the text was written, as far as is known, ms. */
  readonly at: number
}

/** Shorter names would be found in every other sentence. */
const LEAST_LETTERS = 3

/**
 * The features that free texts of a dossier name (loss reasons and next steps of opportunities, subjects, texts and tags of
 * tickets), by id. What the account already asks for by a request of its own is left out, and so are names that several
 * features have.
 */
export function findPossibleRequests(dossier: Dossier, catalogue: Catalogue): PossibleRequest[] {
  const asked = new Set(
    dossier.requests.flatMap(({ featureId, feature, opportunityId = '' }) => {
      const found = catalogue.find(featureId ?? feature ?? '') ?? catalogue.find(feature ?? '')
      return found === undefined ? [] : [`${found.id} ${opportunityId}`, `${found.id} `]
    }),
  )
  const found = new Map<string, PossibleRequest>()
  const look = (
    kind: PossibleRequest['from']['kind'],
    record: {
      readonly id: string
      readonly accountId?: string
      readonly changedAt: number
      readonly createdAt?: number
    },
    field: string,
    text: string | undefined,
  ) => {
    if (text === undefined) return
    const opportunityId = kind === 'opportunity' ? record.id : undefined
    const words = ` ${comparable(text)} `
    for (const [name, [featureId, other]] of catalogue.names) {
      if (featureId === undefined || other !== undefined || name.length < LEAST_LETTERS) continue
      if (!words.includes(` ${name} `) || asked.has(`${featureId} ${opportunityId ?? ''}`)) continue
      const id = `${kind}:${record.id}:${featureId}`
      if (found.has(id)) continue
      const at = record.createdAt ?? record.changedAt
      const accountId = record.accountId ?? dossier.account?.id
      found.set(id, { id, featureId, from: { kind, id: record.id, field }, accountId, opportunityId, name, text, at })
    }
  }
  for (const one of dossier.opportunities) {
    look('opportunity', one, 'lossReason', one.lossReason)
    look('opportunity', one, 'nextStep', one.nextStep)
  }
  for (const one of dossier.tickets) {
    look('ticket', one, 'subject', one.subject)
    look('ticket', one, 'text', one.text)
    look('ticket', one, 'tags', one.tags)
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
