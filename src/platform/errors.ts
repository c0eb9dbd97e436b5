/** Who has to act before trying again can help. */
export type Blame =
  | 'operator' // a credential, permission, mapping or config is wrong
  | 'remote' // the other service is down, slow or limiting us; wait and retry
  | 'us' // a bug or a broken assumption in this program

/** What a command exits with: 0 done, 1 problems found, 2 wrong usage, 3 some changes not applied, 4 refused as unsafe, 75 try later. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 75

export interface FaultDetails {
  readonly blame: Blame
  /** The next thing a person should do, as one imperative sentence. */
  readonly hint?: string
  /** When set, the remote told us how long to wait. */
  readonly retryAfterMs?: number
  /** When set, the exit code of a command that ends with this fault; else it follows from `blame`. */
  readonly exit?: ExitCode
  readonly cause?: unknown
}

/** Every error this program raises on purpose. `code` is stable; the message may be reworded. */
export class Fault extends Error {
  readonly code: string
  readonly blame: Blame
  readonly hint: string | undefined
  readonly retryAfterMs: number | undefined
  readonly exit: ExitCode

  constructor(code: string, message: string, details: FaultDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'Fault'
    this.code = code
    this.blame = details.blame
    this.hint = details.hint
    this.retryAfterMs = details.retryAfterMs
    this.exit = details.exit ?? (details.blame === 'remote' ? 75 : 1)
  }
}

/** `code: message` and, on the next line, the hint: the form in which a person meets a fault. */
export function formatFault(fault: { code: string; message: string; hint?: string | undefined }): string {
  return fault.hint === undefined
    ? `${fault.code}: ${fault.message}`
    : `${fault.code}: ${fault.message}\n  ${fault.hint}`
}
