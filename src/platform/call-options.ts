/** Last and optional argument of everything that waits. */
export interface CallOptions {
  /** Aborting rejects the call with the signal's reason and releases what it holds. */
  readonly signal?: AbortSignal
}
