/** What an org has told of its merges, to whoever asked in time. */
export class Merges {
  readonly #told = new Map<string, Set<string>>()
  readonly #unseen = new Set<string>()

  /** `isSeen`: sharing showed the loser when it was merged; else nobody is told. */
  note(loser: string, master: string, isSeen: boolean): void {
    if (isSeen) {
      this.#told.set(loser, new Set(this.#told.get(loser)).add(master))
      this.#unseen.delete(loser)
    } else this.#unseen.add(loser)
  }

  /** Nobody was told into which record it was merged last. */
  isUnseen(id: string): boolean {
    return this.#unseen.has(id)
  }

  /** It was merged into that record before, and this could be known, also where it was undeleted since. */
  wasTold(id: string, master: string): boolean {
    return this.#told.get(id)?.has(master) === true
  }
}
