import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import type { MondayAccount, Reply } from './account.ts'

/** Asks the account on somebody's behalf, and counts the calls until they are taken. */
export class Asking {
  readonly #account: MondayAccount
  readonly #options: CallOptions
  #calls = 0

  constructor(account: MondayAccount, options: CallOptions = {}) {
    this.#account = account
    this.#options = options
  }

  async reply(query: string, variables: Readonly<Record<string, unknown>>): Promise<Reply> {
    this.#options.signal?.throwIfAborted()
    const reply = await this.#account.ask({ query, variables }, this.#options)
    this.#calls += reply.calls
    return reply
  }

  /** For questions that name no cursor and few things. */
  async answer(
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    const reply = await this.reply(query, variables)
    if (reply.is === 'answer') return reply.data
    throw tooComplex()
  }

  /** Calls since they were last taken. */
  takeCalls(): number {
    const calls = this.#calls
    this.#calls = 0
    return calls
  }
}

export function tooComplex(): Fault {
  return new Fault('monday-too-complex', 'monday finds even the smallest request for a board too complex', {
    blame: 'operator',
    hint: 'Map fewer columns of the board, above all fewer of linked boards',
  })
}
