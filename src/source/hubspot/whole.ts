import { HttpFault } from '../../platform/http-fault.ts'

/** The list of an answer; without one the answer is no whole one, whatever its status, and is asked for again. */
export function wholeList<T>(
  answer: { readonly results?: readonly T[] } | null | undefined,
  what: string,
): readonly T[] {
  const results = answer?.results
  if (Array.isArray(results)) return results
  throw new HttpFault('http-truncated', `HubSpot answered ${what} without any list`, {
    blame: 'remote',
    hint: 'Run again: the read goes on from where it stopped',
    sent: true,
  })
}
