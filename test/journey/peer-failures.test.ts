import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isThorough } from '../thorough.ts'

// 1,000 items, as measured on the other tool: `node scripts/peer-failures.ts`.
test.runIf(isThorough)(
  'where a tool that sends one call an item leaves duplicates or gaps, sync leaves none, and names what is refused',
  async () => {
    const child = spawn(process.execPath, ['scripts/peer-failures.ts', '--items', '40'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    await once(child, 'close')
    expect(output).toMatch(/naive, retried +59 items, 19 duplicates, 0 missing +success\n/)
    expect(output).toMatch(/naive, not retried +19 items, 0 duplicates, 21 missing +error/)
    expect(output).toMatch(/naive +39 items, 0 duplicates, 1 missing +error: Cannot read properties of null/)
    expect(output).toMatch(/\n40 items and no duplicate; 39 and one named refusal\n$/)
    expect(child.exitCode).toBe(0)
  },
  90_000,
)
