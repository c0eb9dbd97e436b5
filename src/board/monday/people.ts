import { z } from 'zod'
import type { Clock } from '../../platform/clock.ts'
import type { MondayClient, QueryOptions } from './client.ts'
import { USERS_BY_EMAIL, USERS_BY_ID } from './operations.ts'
import { wireUser } from './wire.ts'

const PER_CALL = 500
/** People who were looked up longer ago are looked up again by the next process: they may have left the account. */
const RECALLED_MS = 24 * 3_600_000
/** Somebody who was unknown an hour ago may have joined since. */
const ASK_AGAIN_MS = 3_600_000

/** Address, id, and when they were looked up (ms). */
export const learnedPerson = z.tuple([z.string(), z.string(), z.number()]).readonly()
export type LearnedPerson = z.infer<typeof learnedPerson>

const answer = z.object({ users: z.array(wireUser).nullish() })

/** Who is who on the account: asked for in few calls and remembered. */
export class People {
  readonly #client: MondayClient
  readonly #clock: Clock
  readonly #ids = new Map<string, string>()
  readonly #emails = new Map<string, string>()
  readonly #unknownSince = new Map<string, number>()
  /** When somebody was looked up, by address. */
  readonly #since = new Map<string, number>()

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
    this.#learn(id, email.toLowerCase(), this.#clock.now())
  }

  #learn(id: string, email: string, since: number): void {
    this.#ids.set(email, id)
    this.#emails.set(id, email)
    this.#unknownSince.delete(email)
    this.#since.set(email, since)
  }

  /** Everybody who was looked up, with when; not those who were doubted since. */
  learned(): LearnedPerson[] {
    return [...this.#since].flatMap(([email, since]) => {
      const id = this.#ids.get(email)
      return id === undefined ? [] : [[email, id, since] as const]
    })
  }

  /** Believes an earlier process about people whom it looked up in the last day. */
  recall(people: readonly LearnedPerson[]): void {
    const now = this.#clock.now()
    for (const [email, id, since] of people)
      if (now - since < RECALLED_MS && !this.#ids.has(email)) this.#learn(id, email, since)
  }

  /** monday did not take one of them: later processes look them up themselves. */
  doubt(emails: Iterable<string>): void {
    for (const email of emails) this.#since.delete(email)
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
