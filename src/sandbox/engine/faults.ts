import { z } from 'zod'
import { Fault } from '../../platform/errors.ts'
import type { FaultRule, FaultTable, SandboxAnswer, SandboxRequest } from './engine.ts'

const RULES = z.array(
  z.strictObject({
    operation: z.string().min(1),
    nth: z.int().min(1).optional(),
    times: z.int().min(1).optional(),
    action: z.enum([
      'cut-before',
      'cut-after',
      'kill-before',
      'kill-after',
      'stop-before',
      'stop-after',
      'hang',
      'hang-after',
      'truncate',
      'stall',
      'drip',
      'status',
      'status-after',
      'html',
      'error',
      'skip-cache',
      'lag',
      'end-early',
      'short-page',
    ]),
    with: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  }),
)

/** Fault rules from JSON a person wrote; throws a fault that names every rule that is wrong. */
export function parseFaultRules(json: unknown): FaultRule[] {
  const parsed = RULES.safeParse(json)
  if (parsed.success) return parsed.data as FaultRule[]
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the list'}: ${issue.message}`)
  throw new Fault('sandbox-bad-faults', `Fault rules are not valid: ${problems.join('; ')}`, {
    blame: 'operator',
    hint: 'Write a list of {"operation", "nth"?, "times"?, "action", "with"?}',
  })
}

/** The first rule that matches an operation and its count is applied; each rule counts from when it was added. */
export function createFaultTable(): FaultTable {
  let rules: { readonly rule: FaultRule; calls: number }[] = []
  return {
    add(added) {
      rules.push(...added.map((rule) => ({ rule, calls: 0 })))
    },
    clear() {
      rules = []
    },
    hit(operation) {
      let found: FaultRule | null = null
      for (const entry of rules) {
        if (!matches(entry.rule.operation, operation)) continue
        entry.calls += 1
        if (found === null && isDue(entry.rule, entry.calls)) found = entry.rule
      }
      return found
    },
  }
}

function matches(pattern: string, operation: string): boolean {
  return pattern.endsWith('*') ? operation.startsWith(pattern.slice(0, -1)) : pattern === operation
}

function isDue(rule: FaultRule, call: number): boolean {
  const first = rule.nth ?? 1
  const times = rule.times ?? (rule.nth === undefined ? Number.POSITIVE_INFINITY : 1)
  return call >= first && call < first + times
}

/** What a vendor hands over so that faults hit one of its operations from outside. */
export interface FaultyCall {
  readonly faults: FaultTable
  readonly request: SandboxRequest
  /** Name of the operation that the request asks for, e.g. `salesforce.query`. */
  readonly operation: string
  /** Carries the operation out. Gets the rule when it is one the vendor itself must heed: `skip-cache`, `lag`, `end-early`, `short-page`. */
  readonly run: (rule: FaultRule | null) => SandboxAnswer | Promise<SandboxAnswer>
  /** The vendor's own error body for `action: error`; nothing is done. */
  readonly error: (rule: FaultRule) => SandboxAnswer
}

/**
 * Carries out one operation of a vendor, with what the fault table says is to go wrong.
 *
 * Counts the operation exactly once. `…-before`, `hang` (when the client leaves while it waits), `status`, `html` and
 * `error` do nothing; all others carry the operation out first. `with.ms` is real time, since it is measured against
 * the timeouts of real clients; without it a hang lasts until the client leaves.
 */
export async function underFaults(call: FaultyCall): Promise<SandboxAnswer> {
  const rule = call.faults.hit(call.operation)
  if (rule === null) return call.run(null)
  switch (rule.action) {
    case 'cut-before':
      return null
    case 'cut-after':
      await call.run(null)
      return null
    case 'kill-before':
      signal(rule, 'SIGKILL')
      return null
    case 'kill-after':
      await call.run(null)
      signal(rule, 'SIGKILL')
      return null
    case 'stop-before':
      signal(rule, 'SIGSTOP')
      return null
    case 'stop-after': {
      const answer = await call.run(null)
      signal(rule, 'SIGSTOP')
      return answer
    }
    case 'hang':
      return (await waitOrLeave(rule, call.request.signal)) === 'left' ? null : call.run(null)
    case 'hang-after':
      await call.run(null)
      await waitOrLeave(rule, call.request.signal)
      return null
    case 'truncate':
      return truncated(await call.run(null), rule)
    case 'stall':
    case 'drip':
      return slowed(await call.run(null), rule)
    case 'status':
      return bare(rule)
    case 'status-after':
      await call.run(null)
      return bare(rule)
    case 'html':
      return html(rule)
    case 'error':
      return call.error(rule)
    case 'skip-cache':
    case 'lag':
    case 'end-early':
    case 'short-page':
      return call.run(rule)
  }
}

function signal(rule: FaultRule, name: 'SIGKILL' | 'SIGSTOP'): void {
  const pid = Number(rule.with?.pid)
  if (!Number.isInteger(pid) || pid <= 1) {
    throw new Fault('sandbox-bad-faults', `Fault ${rule.action} of ${rule.operation} names no process`, {
      blame: 'operator',
      hint: 'Give the process id as "with": {"pid": 1234}',
    })
  }
  process.kill(pid, name)
}

function waitOrLeave(rule: FaultRule, signal: AbortSignal | undefined): Promise<'waited' | 'left'> {
  const ms = rule.with?.ms === undefined ? undefined : Number(rule.with.ms)
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve('left')
    const leave = () => {
      clearTimeout(timer)
      resolve('left')
    }
    const timer =
      ms === undefined
        ? undefined
        : setTimeout(() => {
            signal?.removeEventListener('abort', leave)
            resolve('waited')
          }, ms)
    signal?.addEventListener('abort', leave, { once: true })
  })
}

function truncated(answer: SandboxAnswer, rule: FaultRule): SandboxAnswer {
  if (answer === null) return null
  const cutAt = rule.with?.bytes === undefined ? Math.floor(bytesOf(answer) / 2) : Number(rule.with.bytes)
  return { ...answer, cutAt }
}

function bytesOf(answer: NonNullable<SandboxAnswer>): number {
  return answer.stream?.bytes ?? Buffer.byteLength(answer.body)
}

function slowed(answer: SandboxAnswer, rule: FaultRule): SandboxAnswer {
  if (answer === null) return null
  const { bytes, ms = 100 } = rule.with ?? {}
  if (rule.action === 'drip') return { ...answer, slow: { bytes: Number(bytes ?? 1), pauseMs: Number(ms) } }
  return { ...answer, slow: { bytes: Number(bytes ?? Math.floor(bytesOf(answer) / 2)), pauseMs: null } }
}

function headersOf(rule: FaultRule): Record<string, string> {
  return rule.with?.retryAfter === undefined ? {} : { 'Retry-After': String(rule.with.retryAfter) }
}

function bare(rule: FaultRule): SandboxAnswer {
  return { status: Number(rule.with?.status ?? 503), headers: headersOf(rule), body: '' }
}

function html(rule: FaultRule): SandboxAnswer {
  return htmlAnswer(Number(rule.with?.status ?? 503), headersOf(rule))
}

/** What an edge or a proxy answers in a vendor's place. */
export function htmlAnswer(status: number, headers: Readonly<Record<string, string>> = {}): SandboxAnswer {
  return {
    status,
    headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>We are down for maintenance.</h1></body></html>`,
  }
}
