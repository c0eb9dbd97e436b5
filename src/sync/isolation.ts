/** After so many changes were refused alone, and nothing went through in between, it is no longer the changes. */
const HOPELESS = 10

/**
 * How many changes the next request may hold while one that the host refuses as a whole request is looked for.
 *
 * What was refused is halved until the change that is to blame stands alone: of n changes that takes log2(n) requests more,
 * and half of them carry the others. Right behind a change that was refused alone the next is tried alone, since changes of
 * one kind stand side by side.
 */
export class Isolation {
  /** At least one of so many leading changes is refused. */
  #suspects = 0
  #refusedInARow = 0

  /** How many changes the next request may hold at most. */
  get most(): number {
    if (this.#suspects > 0) return Math.ceil(this.#suspects / 2)
    return this.#refusedInARow > 0 ? 1 : Number.POSITIVE_INFINITY
  }

  /** Whether the host seems to refuse whatever it is sent, so that going on only burns calls. */
  get isHopeless(): boolean {
    return this.#refusedInARow >= HOPELESS
  }

  /** So many leading changes were dealt with, not refused together. */
  wentThrough(changes: number): void {
    this.#suspects = Math.max(0, this.#suspects - changes)
    this.#refusedInARow = 0
  }

  /** A request of so many leading changes was refused as a whole. */
  wasRefused(changes: number): void {
    if (changes > 1) {
      this.#suspects = changes
      return
    }
    this.#suspects = 0
    this.#refusedInARow += 1
  }
}
