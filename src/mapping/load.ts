import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Fault } from '../platform/errors.ts'
import type { MappingText } from './yaml-file.ts'

/** Folders that hold no mappings. */
const SKIPPED = new Set(['schema', 'node_modules'])

/**
 * Every YAML file of a mapping folder, in order of their paths, which begin with `folder` as given. Reads only.
 * A folder that is missing or empty is a Fault, for nothing could be done with it.
 */
export async function loadMappingFiles(folder: string): Promise<MappingText[]> {
  const paths = await yamlFiles(folder)
  if (paths.length === 0) {
    throw new Fault('mappings-missing', `The folder "${folder}" holds no mapping`, {
      blame: 'operator',
      hint: 'Set BOARDSYNC_MAPPINGS to the folder with sources/, boards/ and model.yaml, or run boardsync init',
    })
  }
  return Promise.all(paths.map(async (file) => ({ path: file, text: await readFile(file, 'utf8') })))
}

async function yamlFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new Fault('mappings-missing', `The mapping folder "${folder}" cannot be read`, {
      blame: 'operator',
      hint: 'Set BOARDSYNC_MAPPINGS to the folder with sources/, boards/ and model.yaml, or run boardsync init',
      cause,
    })
  })
  const found: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) found.push(...(await yamlFiles(full)))
    } else if (/\.ya?ml$/.test(entry.name) && !entry.name.startsWith('.')) found.push(full)
  }
  return found
}
