import type { CallOptions } from '../../platform/call-options.ts'
import type { SourceQuota } from '../source.ts'

/**
 * One monday account, as a source asks it. The account is the same that boards are kept on: what it is asked for here waits,
 * is repeated and is counted together with what is written there, so that one of them never overruns the other.
 */
export interface MondayAccount {
  /** Puts a question. Whatever may pass was tried again; what is left is in the reply, or a `Fault`. */
  ask(question: Question, options?: CallOptions): Promise<Reply>
  /** Where the account's day stands, as far as it was told. */
  quota(): SourceQuota | null
}

export interface Question {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** `expired`: the listing's cursor is too old. `too-complex`: a smaller page may do. */
export type Reply = { readonly calls: number } & (
  | { readonly is: 'answer'; readonly data: Readonly<Record<string, unknown>> }
  | { readonly is: 'expired' | 'too-complex' }
)
