import type { RecordMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import { OBJECT_ABSENT, type Source } from '../source/source.ts'

/** What can be asked for of what a record mapping reads. */
export interface Present {
  /** `null`: the object is optional, and the source does not have it. */
  readonly fields: readonly string[] | null
  /** Optional fields that the source does not have. */
  readonly absent: readonly string[]
  readonly requests: number
  readonly sharedRequests: number
}

/**
 * Leaves optional objects and fields out that the source lacks. Asks only where something is optional; what is not
 * optional is there or is missed by whoever reads it.
 */
export async function presentOf(
  source: Pick<Source, 'describe'>,
  { object, optional, optionalReads, reads }: RecordMapping,
  options?: CallOptions,
): Promise<Present> {
  if (!optional && optionalReads.length === 0) return { fields: reads, absent: [], requests: 0, sharedRequests: 0 }
  try {
    const { asked, requests, sharedRequests } = await source.describe({ object, fields: optionalReads }, options)
    const there = new Set(asked.map(({ name }) => name))
    const absent = optionalReads.filter((field) => !there.has(field))
    return { fields: reads.filter((field) => !absent.includes(field)), absent, requests, sharedRequests }
  } catch (error) {
    if (!optional || !(error instanceof Fault) || !OBJECT_ABSENT.has(error.code)) throw error
    return { fields: null, absent: [], requests: 1, sharedRequests: 0 }
  }
}
