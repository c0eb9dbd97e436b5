import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Environment } from '../platform/config.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]
const MOST_MS = 60_000

/** The program of Chromium or a browser made of it: on the PATH, or where it is usually put; `null`: there is none. */
export function findChromium(env: Environment): string | null {
  const folders = (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '')
  const candidates = [...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...PLACES]
  return candidates.find((file) => existsSync(file)) ?? null
}

/** Prints an HTML file of ours to a PDF. Rejects when Chromium cannot. */
export async function printToPdf(chromium: string, html: string, pdf: string): Promise<void> {
  const profile = mkdtempSync(path.join(tmpdir(), 'boardsync-chromium-'))
  // Its sandbox refuses root, which is who runs in most containers. The page holds no script and loads nothing.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  try {
    await promisify(execFile)(
      chromium,
      [
        '--headless',
        '--disable-gpu',
        '--disable-background-networking',
        ...asRoot,
        `--user-data-dir=${profile}`,
        '--no-pdf-header-footer',
        `--print-to-pdf=${path.resolve(pdf)}`,
        pathToFileURL(path.resolve(html)).href,
      ],
      { timeout: MOST_MS },
    )
    if (!existsSync(pdf)) throw new Error('it ended without a file')
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
  }
}
