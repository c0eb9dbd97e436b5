import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isWhole } from '../thorough.ts'

// CI runs the script itself, and lets it kill twenty times.
test.runIf(isWhole)(
  'a kill at a random moment, with faults on, leaves the boards right',
  async () => {
    const args = ['scripts/chaos.ts', '--kills', '1', '--accounts', '30', '--seed', '7']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    await once(child, 'close')
    expect(output).toMatch(/^\d+ kills? at random moments: one item per key, boards right, counts balance\n$/)
    expect(child.exitCode).toBe(0)
  },
  90_000,
)
