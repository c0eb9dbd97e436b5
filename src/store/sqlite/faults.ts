import { Fault, type FaultDetails } from '../../platform/errors.ts'

interface Row {
  readonly code: string
  readonly problem: string
  readonly details: FaultDetails
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that a person can do something about. */
const BY_RESULT: Readonly<Record<number, Row>> = {
  3: unreadable('may not be read or written by this user'), // PERM
  5: busy(), // BUSY
  6: busy(), // LOCKED
  8: {
    code: 'store-read-only',
    problem: 'was opened for reading only, or lies where this user may not write',
    details: {
      blame: 'operator',
      hint: 'Give this user the right to write to the file and its folder, then run again',
    },
  }, // READONLY
  10: unreadable('answered a read or write with a disk error'), // IOERR
  11: corrupt('is damaged'), // CORRUPT
  13: {
    code: 'store-full',
    problem: 'has no room left to write; nothing of the last change was kept',
    details: { blame: 'operator', hint: 'Free disk space where the store lies, then run the command again' },
  }, // FULL
  14: unreadable('is not there or may not be opened by this user'), // CANTOPEN
  26: corrupt('is no SQLite database'), // NOTADB
}

function busy(): Row {
  return {
    code: 'store-busy',
    problem: 'is being written by another process, which did not finish in time',
    details: {
      blame: 'operator',
      exit: 75,
      hint: 'Run the command again when the other boardsync process has finished its step',
    },
  }
}

function corrupt(problem: string): Row {
  return {
    code: 'store-corrupt',
    problem,
    details: {
      blame: 'operator',
      hint: 'Restore a backup of the file, or move it away and run sync: sources and boards are then read anew',
    },
  }
}

function unreadable(problem: string): Row {
  return {
    code: 'store-unreadable',
    problem,
    details: { blame: 'operator', hint: 'Check that DATABASE_URL names the right file and that this user may use it' },
  }
}

/** What SQLite threw, as a fault that says which store and what to do; a fault is passed on as it is. */
export function toFault(error: unknown, path: string): Fault {
  if (error instanceof Fault) return error
  const result = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
  const row = result === undefined ? undefined : BY_RESULT[result]
  const message = error instanceof Error ? error.message : String(error)
  if (row !== undefined)
    return new Fault(row.code, `The store "${path}" ${row.problem} (SQLite: ${message})`, {
      ...row.details,
      cause: error,
    })
  return new Fault('store-failed', `The store "${path}" could not carry out a step: ${message}`, {
    blame: 'us',
    hint: 'Report this with the code and the message; nothing of that step was written',
    cause: error,
  })
}

/** A broken rule of the caller's: the program, not a person, has to change. */
export function misuse(code: string, message: string, hint: string): Fault {
  return new Fault(code, message, { blame: 'us', hint })
}

/** A fault as it crosses the thread boundary: structured clone keeps no class and no own fields of errors. */
export interface FaultWire {
  readonly code: string
  readonly message: string
  readonly details: Omit<FaultDetails, 'cause'>
  readonly cause: string | undefined
}

export function faultToWire(fault: Fault): FaultWire {
  return {
    code: fault.code,
    message: fault.message,
    details: {
      blame: fault.blame,
      exit: fault.exit,
      ...(fault.hint === undefined ? {} : { hint: fault.hint }),
      ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
    },
    cause: fault.cause instanceof Error ? (fault.cause.stack ?? fault.cause.message) : undefined,
  }
}

export function faultFromWire(wire: FaultWire): Fault {
  return new Fault(wire.code, wire.message, {
    ...wire.details,
    ...(wire.cause === undefined ? {} : { cause: new Error(wire.cause) }),
  })
}
