/** Last and optional argument of everything that waits. */
export interface CallOptions {
  /** Aborting rejects the call with the signal's reason and releases what it holds. */
  readonly signal?: AbortSignal
  /**
   * Asked right before each request that writes: rejects when the caller may no longer write, as a run whose lease another
   * took while it was paused. Then nothing is sent, and the call rejects with the same reason.
   */
  readonly mayWrite?: () => Promise<void>
}
