import { createInterface } from 'node:readline/promises'

/** Asks a person at the terminal; without one the answer is no. */
export async function askYes(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const ask = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await ask.question(`${question} [yes/no] `)).trim())
  } finally {
    ask.close()
  }
}
