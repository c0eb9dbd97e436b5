import { type Logger, pino } from 'pino'
import type { LogLevel } from './config.ts'
import type { Log } from './log.ts'
import type { Redactor } from './redaction.ts'

/** A log whose lines can be marked as belonging to something: a run, a step. */
export interface BoundLog extends Log {
  /** A log that adds `fields` to each of its lines. */
  child(fields: Readonly<Record<string, unknown>>): BoundLog
}

export interface LoggingOptions {
  readonly level: LogLevel
  readonly redactor: Redactor
  /** Takes each line, its line break included. Default: standard error, at once, so that no line is lost when the process dies. */
  readonly write?: (line: string) => void
}

/** Addresses stand in messages of vendors and in record names, where no key gives them away. */
const EMAIL = /[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu

/**
 * One JSON object a line: `level` in words, `time` as an instant, the fields, and `msg`.
 *
 * Secrets are replaced wherever they stand, values whose key names a secret or a person's data go as a whole, and
 * e-mail addresses are replaced in every text.
 */
export function createLog(options: LoggingOptions): BoundLog {
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.write === undefined ? pino.destination({ dest: 2, sync: true }) : { write: options.write },
  )
  return bind(logger, {}, options.redactor)
}

type PinoLogger = Pick<Logger, 'isLevelEnabled' | 'debug' | 'info' | 'warn' | 'error'>

/** Fields are redacted here, before pino sees them: its own redaction knows paths only, no values. */
function bind(logger: PinoLogger, bound: Readonly<Record<string, unknown>>, redactor: Redactor): BoundLog {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') => (fields: Readonly<Record<string, unknown>>, message: string) => {
      if (!logger.isLevelEnabled(level)) return
      logger[level](withoutAddresses(redactor.value({ ...bound, ...fields })), withoutAddresses(redactor.text(message)))
    }
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => bind(logger, { ...bound, ...fields }, redactor),
  }
}

/** Every text of a value that the redactor has copied, keys included, without e-mail addresses. */
function withoutAddresses<T>(value: T): T
function withoutAddresses(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(EMAIL, '[e-mail]')
  if (Array.isArray(value)) return value.map((one) => withoutAddresses(one))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [withoutAddresses(key), withoutAddresses(one)]))
}
