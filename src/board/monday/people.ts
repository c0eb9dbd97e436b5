import { z } from 'zod'
import type { Clock } from '../../platform/clock.ts'
import type { MondayClient, QueryOptions } from './client.ts'
import { USERS_BY_EMAIL, USERS_BY_ID } from './operations.ts'
import { wireUser } from './wire.ts'

const PER_CALL = 500
/** Somebody who was unknown an hour ago may have joined since. */
const ASK_AGAIN_MS = 3_600_000

const answer = z.object({ users: z.array(wireUser).nullish() })

/** Who is who on the account: asked for in few calls and remembered. */
export class People {
  readonly #client: MondayClient
  readonly #clock: Clock
  readonly #ids = new Map<string, string>()
  readonly #emails = new Map<string, string>()
  readonly #unknownSince = new Map<string, number>()

  constructor(client: MondayClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  idOf(email: string): string | undefined {
    return this.#ids.get(email)
  }

  /** True once the account was asked and nobody there has this address. */
  isUnknown(email: string): boolean {
    return this.#unknownSince.has(email)
  }

  emailOf(id: string): string | undefined {
    return this.#emails.get(id)
  }

  learn(id: string, email: string): void {
    const lower = email.toLowerCase()
    this.#ids.set(lower, id)
    this.#emails.set(id, lower)
    this.#unknownSince.delete(lower)
  }

  /** Looks up who is not known yet; returns the addresses that nobody on the account has, sorted. */
  async find(emails: readonly string[], options: QueryOptions): Promise<string[]> {
    const all = [...new Set(emails.map((email) => email.toLowerCase()))].sort()
    const now = this.#clock.now()
    const open = all.filter((email) => {
      if (this.#ids.has(email)) return false
      const since = this.#unknownSince.get(email)
      return since === undefined || now - since >= ASK_AGAIN_MS
    })
    for (let at = 0; at < open.length; at += PER_CALL) {
      const chunk = open.slice(at, at + PER_CALL)
      const data = await this.#client.query(
        { query: USERS_BY_EMAIL, variables: { emails: chunk, limit: 1000 } },
        options,
      )
      this.#learnAll(data)
      for (const email of chunk) if (!this.#ids.has(email)) this.#unknownSince.set(email, now)
    }
    return all.filter((email) => !this.#ids.has(email))
  }

  /** Looks up users that cells name. Those that stay unknown have no address; they are shown by id. */
  async findIds(ids: readonly string[], options: QueryOptions): Promise<void> {
    const open = [...new Set(ids)].filter((id) => !this.#emails.has(id) && !this.#unknownSince.has(`#${id}`))
    for (let at = 0; at < open.length; at += PER_CALL) {
      const chunk = open.slice(at, at + PER_CALL)
      this.#learnAll(await this.#client.query({ query: USERS_BY_ID, variables: { ids: chunk, limit: 1000 } }, options))
      for (const id of chunk) if (!this.#emails.has(id)) this.#unknownSince.set(`#${id}`, this.#clock.now())
    }
  }

  #learnAll(data: unknown): void {
    for (const user of answer.parse(data).users ?? []) this.learn(user.id, user.email)
  }
}
