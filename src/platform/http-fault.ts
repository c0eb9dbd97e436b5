import { Fault, type FaultDetails } from './errors.ts'
import type { Attempt } from './http-attempt.ts'

export type HttpFaultCode =
  | 'http-timeout'
  | 'http-reset'
  | 'http-truncated'
  | 'http-unreachable'
  | 'http-certificate'
  | 'http-too-large'
  | 'http-insecure'
  | 'http-foreign-host'

/** No whole answer arrived. `retryAfterMs`: it began as a refusal that asked to wait. */
export class HttpFault extends Fault {
  declare readonly code: HttpFaultCode
  /** False: the request surely never reached the vendor. True: it may have been carried out. */
  readonly sent: boolean

  constructor(
    code: HttpFaultCode,
    message: string,
    details: Pick<FaultDetails, 'blame' | 'hint' | 'cause' | 'retryAfterMs'> & { readonly sent: boolean },
  ) {
    super(code, message, details)
    this.sent = details.sent
  }
}

/** Errors of finding and reaching a host: nothing was sent. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EHOSTUNREACH', 'ENETUNREACH'])

export function faultOf(
  error: unknown,
  attempt: Attempt,
  subject: string,
  redact: (text: string) => string,
): HttpFault {
  const asked = attempt.retryAfterMs === undefined ? {} : { retryAfterMs: attempt.retryAfterMs }
  if (attempt.timedOut !== null) {
    const sent = attempt.state !== 'connecting'
    const seconds = Math.round(attempt.timedOut.ms / 100) / 10
    const what = attempt.timedOut.what === 'total' ? 'gave no whole answer within' : 'sent nothing more for'
    return new HttpFault('http-timeout', `${subject} ${what} ${seconds} s`, { blame: 'remote', sent, ...asked })
  }
  const reason = reasonOf(error)
  const cause = new Error(redact(reason.message))
  const evidence = reason.code ?? 'no reason given'
  if (reason.code !== undefined && isCertificateCode(reason.code)) {
    return new HttpFault('http-certificate', `${subject} is not trusted: ${reason.code}`, {
      blame: 'operator',
      hint: 'Set NODE_EXTRA_CA_CERTS to the certificate of your proxy, or check the host name',
      sent: false,
      cause,
    })
  }
  if (attempt.state === 'answered') {
    return new HttpFault('http-truncated', `${subject} answered with a body that ends early (${evidence})`, {
      blame: 'remote',
      sent: true,
      cause,
      ...asked,
    })
  }
  if (provesUnsent(reason)) {
    return new HttpFault('http-unreachable', `${subject} cannot be reached (${evidence})`, {
      blame: 'remote',
      hint: 'Check the address and the network of this machine, then run again',
      sent: false,
      cause,
    })
  }
  return new HttpFault('http-reset', `${subject} dropped the connection without an answer (${evidence})`, {
    blame: 'remote',
    sent: true,
    cause,
  })
}

/** The connection never stood. Anything else may have carried the request, whatever it looks like. */
function provesUnsent(reason: Reason): boolean {
  return (
    reason.syscall === 'connect' ||
    (reason.code !== undefined && UNREACHABLE.has(reason.code)) ||
    reason.message.includes('before secure TLS connection was established')
  )
}

function isCertificateCode(code: string): boolean {
  return /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/.test(code)
}

interface Reason {
  readonly code?: string
  readonly syscall?: string
  readonly message: string
}

function reasonOf(error: unknown): Reason {
  if (!(error instanceof Error)) return { message: String(error) }
  // Several addresses of one host failed: the first tells enough.
  const inner = error instanceof AggregateError ? error.errors[0] : (error.cause ?? error)
  const source = inner instanceof AggregateError ? inner.errors[0] : inner
  const code = textAt(source, 'code') ?? textAt(error, 'code')
  const syscall = textAt(source, 'syscall')
  const message = textAt(source, 'message') ?? error.message
  return { ...(code === undefined ? {} : { code }), ...(syscall === undefined ? {} : { syscall }), message }
}

function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = (value as Record<string, unknown>)[key]
  return typeof found === 'string' ? found : undefined
}
