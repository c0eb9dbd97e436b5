import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { runCli, startSandboxProcess } from '../test/journey/run-cli.ts'

/** Makes the README's picture: syncs the example company and photographs a board's page in the sandbox. Needs Chromium. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: '.github/board.png' },
      board: { type: 'string', default: 'Deals' },
      chromium: { type: 'string', default: '/usr/bin/chromium' },
    },
  })
  const folder = mkdtempSync(path.join(tmpdir(), 'boardsync-picture-'))
  await using sandbox = await startSandboxProcess(['--accounts', '60', '--speed', '200'])
  const run = await runCli(['sync'], { ...sandbox.env, DATABASE_URL: `sqlite:${path.join(folder, 'x.db')}` })
  if (run.code !== 0) throw new Error(run.stdout + run.stderr)
  const browser = await chromium.launch({
    executablePath: values.chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 760 } })
    await page.goto(`${sandbox.baseUrl}/boards`)
    await page.getByRole('link', { name: values.board }).first().click()
    await page.screenshot({ path: values.out })
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
