import { existsSync } from 'node:fs'
import path from 'node:path'

/** The folder that holds `package.json` and the shipped mappings, from sources and from `dist/` alike. */
export function packageFolder(from: string): string {
  let folder = path.dirname(from)
  while (!existsSync(path.join(folder, 'package.json'))) {
    const above = path.dirname(folder)
    if (above === folder) throw new Error(`No package.json above ${from}`)
    folder = above
  }
  return folder
}
