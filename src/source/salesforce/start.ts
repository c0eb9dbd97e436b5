import type { ReadRequest } from '../source.ts'
import { continues } from './bulk-read.ts'
import { readChanges, readCovered } from './changes.ts'
import { type Standing, whyUseless } from './cursor.ts'
import { LONGEST_GAP_MS, takeOpening } from './opening.ts'
import type { AskedBy, Org } from './org.ts'
import { bulkSoql } from './rest-or-bulk.ts'
import { type Shape, typesOf } from './shape.ts'

/**
 * Where this read begins: where the last one stood, or at the beginning when that no longer serves. `deleted`: what was
 * deleted since, as far as the changes themselves may not tell. `counted`: how many records there are, where that was asked.
 */
export async function startOf(org: Org, request: ReadRequest, stood: Standing | null, shape: Shape, asked: AskedBy) {
  const what = { fields: request.fields, types: typesOf(shape), where: request.where, bulk: null }
  const opening = takeOpening(org, request.object)
  const why = whyEverything(org, request, stood, shape)
  if (stood !== null && why === null) {
    // A job holds what was found when it was made, and what was deleted until then was handed over before it.
    if (stood.mode === 'everything' || goesOn(org, request, stood, shape)) {
      return { standing: { ...stood, ...what, bulk: stood.bulk }, deleted: [], counted: null }
    }
    const since = stood.from?.stamp ?? stood.covered
    const changes = await readChanges(org, request.object, shape, since, opening, asked)
    if (changes !== 'forgotten') {
      const from = stood.from ?? { stamp: stood.covered, id: null }
      const standing: Standing = { mode: 'changes', from, covered: later(changes.covered, stood.covered), ...what }
      return { standing, deleted: changes.deleted, counted: null }
    }
  }
  if (request.after !== null) {
    org.log.info({ object: request.object, why: why ?? 'changes-forgotten' }, 'reading everything again')
  }
  const covered = await readCovered(org, request.object, shape, opening, asked)
  const standing: Standing = { mode: 'everything', from: null, covered, ...what }
  return { standing, deleted: [], counted: opening?.counted ?? null }
}

/** A read of everything was under way and is not taken up. */
export function isBrokenOff(stood: Standing | null, start: Standing): boolean {
  const isAnew = start.from === null && start.bulk === null
  return stood !== null && stood.mode === 'everything' && isAnew && (stood.from !== null || stood.bulk !== null)
}

function whyEverything(org: Org, request: ReadRequest, stood: Standing | null, shape: Shape): string | null {
  if (stood === null) return 'no-cursor'
  const useless = whyUseless(stood, request, typesOf(shape))
  if (useless !== null) return useless
  if (stood.mode === 'everything' && stood.bulk !== null && !goesOn(org, request, stood, shape)) return 'other-query'
  const since = Date.parse(stood.mode === 'changes' ? (stood.from?.stamp ?? stood.covered) : stood.covered)
  return org.client.serverNow() - since > LONGEST_GAP_MS ? 'long-gap' : null
}

/** A Bulk job is under way that holds what is asked for. */
function goesOn({ apiVersion }: Org, request: ReadRequest, stood: Standing, shape: Shape): boolean {
  return stood.bulk !== null && continues(stood.bulk, { apiVersion, soql: bulkSoql(request, shape, stood) })
}

function later(a: string, b: string): string {
  return a > b ? a : b
}
