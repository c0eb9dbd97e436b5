import { type ExitCode, Fault } from '../platform/errors.ts'

/** One thing in a run that did not go as it should, for people; the rest of the run went on. */
export interface RunProblem {
  /** `salesforce Opportunity`, `deals`. */
  readonly subject: string
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly exit: ExitCode
}

export function problemOf(subject: string, error: unknown): RunProblem {
  if (error instanceof Fault) {
    const { code, message, hint, exit } = error
    return { subject, code, message, hint, exit }
  }
  return {
    subject,
    code: 'bug',
    message: `Something unforeseen: ${String(error)}`,
    hint: 'Report this; run with DEBUG=1 to see where',
    exit: 1,
  }
}

/** The same thing about several boards or objects is said once, with all their names. */
export function sayOnce(problems: readonly RunProblem[]): RunProblem[] {
  const same = Map.groupBy(problems, ({ code, message, hint, exit }) => JSON.stringify([code, message, hint, exit]))
  return [...same.values()].map((group) => ({
    ...(group[0] as RunProblem),
    subject: [...new Set(group.map(({ subject }) => subject))].join(', '),
  }))
}

/** Does one part of a run; what goes wrong in it is noted, so that the other parts go on. An aborted run stops here. */
export async function attempt(
  problems: RunProblem[],
  subject: string,
  work: () => Promise<void>,
  onFault: (fault: Fault) => void = () => {},
): Promise<Fault | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    problems.push(problemOf(subject, error))
    onFault(error)
    return error
  }
}
