import { closeSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

/**
 * Where records are put down: a file beside the store for each time, `<store>-landed-<number>`, to which is only added. No
 * number comes twice, so nobody takes a new file for one that another process is done with.
 */
export interface Piles {
  /** Writes at a place of a pile, over whatever a transaction that was taken back had left there. */
  append(pile: number, at: number, bytes: Uint8Array): void
  open(pile: number): OpenPile
  remove(pile: number): void
  /** Removes what a process that died left behind. */
  removeAllBut(pile: number): void
}

export interface OpenPile extends Disposable {
  /** Fills as much of `into` as there is from `at` on; answers how many bytes that were. */
  read(at: number, into: Uint8Array): number
}

export function pilesOf(store: string): Piles {
  return store === ':memory:' ? pilesInMemory() : pilesBeside(store)
}

function pilesBeside(store: string): Piles {
  const fileOf = (pile: number) => `${store}-landed-${pile}`
  const remove = (pile: number) => rmSync(fileOf(pile), { force: true })
  return {
    append(pile, at, bytes) {
      // Opened each time: another process may have brought an earlier pile to its dossiers, and removed it.
      const file = openSync(fileOf(pile), at === 0 ? 'w' : 'r+')
      try {
        for (let done = 0; done < bytes.byteLength; ) {
          done += writeSync(file, bytes, done, bytes.byteLength - done, at + done)
        }
      } finally {
        closeSync(file)
      }
    },
    open(pile) {
      const file = openSync(fileOf(pile), 'r')
      return {
        read(at, into) {
          let done = 0
          while (done < into.byteLength) {
            const read = readSync(file, into, done, into.byteLength - done, at + done)
            if (read === 0) break
            done += read
          }
          return done
        },
        [Symbol.dispose]: () => closeSync(file),
      }
    },
    remove,
    removeAllBut(pile) {
      const begins = `${path.basename(store)}-landed-`
      for (const name of readdirSync(path.dirname(store))) {
        const number = name.startsWith(begins) ? name.slice(begins.length) : ''
        if (/^\d+$/.test(number) && Number(number) !== pile) remove(Number(number))
      }
    },
  }
}

function pilesInMemory(): Piles {
  const piles = new Map<number, Buffer>()
  return {
    append(pile, at, bytes) {
      piles.set(pile, Buffer.concat([(piles.get(pile) ?? Buffer.alloc(0)).subarray(0, at), bytes]))
    },
    open(pile) {
      const held = piles.get(pile) ?? Buffer.alloc(0)
      return { read: (at, into) => held.copy(into, 0, at), [Symbol.dispose]: () => {} }
    },
    remove: (pile) => void piles.delete(pile),
    removeAllBut() {},
  }
}
