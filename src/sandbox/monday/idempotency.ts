/** An answer as it was first given. */
export interface KeptAnswer {
  readonly status: number
  readonly body: string
}

/** First answers by token and `Idempotency-Key`, each kept for a while of virtual time. */
export class IdempotencyCache {
  readonly #kept = new Map<string, { readonly answer: KeptAnswer; readonly until: number }>()
  readonly #running = new Set<string>()

  /** The first answer to this key, when it is still kept. */
  find(key: string, now: number): KeptAnswer | null {
    const kept = this.#kept.get(key)
    return kept === undefined || kept.until <= now ? null : kept.answer
  }

  /** Says that a request with this key begins; false when another is still running. */
  begin(key: string): boolean {
    if (this.#running.has(key)) return false
    this.#running.add(key)
    return true
  }

  end(key: string): void {
    this.#running.delete(key)
  }

  keep(key: string, answer: KeptAnswer, now: number, ms: number): void {
    for (const [old, { until }] of this.#kept) {
      if (until > now) break // In the order of their ends, since all live equally long.
      this.#kept.delete(old)
    }
    this.#kept.delete(key)
    this.#kept.set(key, { answer, until: now + ms })
  }
}
