import type { ReadRequest } from '../source.ts'
import { continues } from './bulk-read.ts'
import { readChanges, readCovered } from './changes.ts'
import { type Standing, serves } from './cursor.ts'
import { bulkSoql } from './everything.ts'
import type { AskedBy, Org } from './org.ts'
import type { Shape } from './shape.ts'

/** The recycle bin keeps deleted records for 15 days; after a longer gap only a read of everything finds what is gone. */
const LONGEST_GAP_MS = 15 * 24 * 3_600_000

/**
 * Where this read begins: where the last one stood, or at the beginning when that no longer serves. `deleted`: what was
 * deleted since, as far as the changes themselves may not tell.
 */
export async function startOf(org: Org, request: ReadRequest, stood: Standing | null, shape: Shape, asked: AskedBy) {
  const { fields, where } = request
  const why = whyEverything(org, request, stood, shape)
  if (stood !== null && why === null) {
    if (stood.mode === 'everything') return { standing: { ...stood, fields }, deleted: [] }
    const changes = await readChanges(org, request.object, shape, stood.from?.stamp ?? stood.covered, asked)
    if (changes !== 'forgotten') {
      const covered = later(changes.covered, stood.covered)
      const standing: Standing = { mode: 'changes', from: stood.from, covered, fields, where, bulk: null }
      return { standing, deleted: changes.deleted }
    }
  }
  if (request.after !== null) {
    org.log.info({ object: request.object, why: why ?? 'changes-forgotten' }, 'reading everything again')
  }
  const covered = await readCovered(org, request.object, shape, asked)
  const standing: Standing = { mode: 'everything', from: null, covered, fields, where, bulk: null }
  return { standing, deleted: [] }
}

/** A read of everything was under way and is not taken up. */
export function isBrokenOff(stood: Standing | null, start: Standing): boolean {
  const isAnew = start.from === null && start.bulk === null
  return stood !== null && stood.mode === 'everything' && isAnew && (stood.from !== null || stood.bulk !== null)
}

function whyEverything(org: Org, request: ReadRequest, stood: Standing | null, shape: Shape): string | null {
  if (stood === null) return 'no-cursor'
  if (!serves(stood, request)) return 'other-fields'
  const { apiVersion } = org
  if (stood.bulk !== null && !continues(stood.bulk, { apiVersion, soql: bulkSoql(request, shape) }))
    return 'other-query'
  const since = Date.parse(stood.mode === 'changes' ? (stood.from?.stamp ?? stood.covered) : stood.covered)
  return org.client.serverNow() - since > LONGEST_GAP_MS ? 'long-gap' : null
}

function later(a: string, b: string): string {
  return a > b ? a : b
}
