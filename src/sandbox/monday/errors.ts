/** One application error as monday words it: rides in `errors` of an answer with HTTP 200. */
export class MondayError extends Error {
  /** What becomes `extensions` of the error; graphql-js takes it over as it is. */
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(
    code: string,
    message: string,
    statusCode = 200,
    errorData: Readonly<Record<string, unknown>> | readonly unknown[] = {},
  ) {
    super(message)
    this.name = 'MondayError'
    this.extensions = { code, status_code: statusCode, error_data: errorData }
  }
}

/** Kept by the batch executor when a fault breaks a request off between two aliases. */
export class BatchBroken extends Error {}

export function invalidArgument(message: string, data: Readonly<Record<string, unknown>> = {}): MondayError {
  return new MondayError('InvalidArgumentException', message, 200, data)
}

export function invalidBoard(boardId: string): MondayError {
  return new MondayError('InvalidBoardIdException', `Board with ID ${boardId} does not exist or is not active`, 200, {
    board_id: boardId,
  })
}

export function invalidItem(itemId: string, problem = 'does not exist'): MondayError {
  return new MondayError('InvalidItemIdException', `Item with ID ${itemId} ${problem}`, 200, { item_id: itemId })
}

export function invalidUser(userId: string): MondayError {
  return new MondayError('InvalidUserIdException', `User with ID ${userId} does not exist`, 200, { user_id: userId })
}

export function invalidGroup(groupId: string, boardId: number): MondayError {
  return new MondayError('InvalidGroupIdException', `Group with ID ${groupId} does not exist on the board`, 200, {
    group_id: groupId,
    board_id: String(boardId),
  })
}

export function invalidColumn(columnId: string, boardId: number): MondayError {
  return new MondayError('InvalidColumnIdException', `This column ID doesn't exist for the board`, 200, {
    column_id: columnId,
    board_id: String(boardId),
  })
}

/** How an error that stands for a whole answer looks, by its code. */
export interface AnswerShape {
  /** HTTP status. */
  readonly status: number
  readonly message: string
  /** Virtual seconds that `retry_in_seconds` and `Retry-After` name when nobody says otherwise. */
  readonly retryInSeconds?: number
  /** Stands in `extensions.status_code` where monday puts one. */
  readonly statusCode?: number
  /** What `data` is inside HTTP 200: every alias null, or null as a whole. */
  readonly data?: 'none' | 'partial'
  readonly extensions?: Readonly<Record<string, unknown>>
}

/** Errors of a whole answer: what limits cause and what a fault rule may name. Shapes from monday's docs and fixtures. */
export const ANSWER_ERRORS: Readonly<Record<string, AnswerShape>> = {
  COMPLEXITY_BUDGET_EXHAUSTED: { status: 429, message: 'Complexity budget exhausted', retryInSeconds: 22 },
  MINUTE_RATE_LIMIT_EXCEEDED: { status: 429, message: 'Minute rate limit exceeded', retryInSeconds: 58 },
  MAX_CONCURRENCY_EXCEEDED: { status: 429, message: 'Too many concurrent requests', retryInSeconds: 15 },
  DAILY_LIMIT_EXCEEDED: { status: 429, message: 'Daily limit exceeded', retryInSeconds: 3_599 },
  IP_RATE_LIMIT_EXCEEDED: { status: 429, message: 'IP rate limit exceeded', retryInSeconds: 10 },
  FIELD_LIMIT_EXCEEDED: {
    status: 429,
    message: 'Field limit exceeded',
    retryInSeconds: 10,
    extensions: { entity: 'field' },
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    message: 'A request with the same idempotency key is still being processed',
    retryInSeconds: 2,
  },
  tooManyRequests: {
    status: 200,
    message: 'Too many requests',
    statusCode: 400,
    data: 'partial',
    extensions: { service: 'data-structure' },
  },
  API_TEMPORARILY_BLOCKED: { status: 200, message: 'API temporarily blocked', data: 'none' },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Internal server error', statusCode: 500 },
  ResourceLocked: {
    status: 423,
    message: 'Resource is currently locked, please try again later',
    retryInSeconds: 2,
    statusCode: 423,
  },
  NOT_AUTHENTICATED: { status: 401, message: 'Not authenticated', statusCode: 401 },
  USER_UNAUTHORIZED: { status: 403, message: 'User unauthorized to perform action', statusCode: 403 },
  UserUnauthorizedException: {
    status: 200,
    message: 'User unauthorized to perform action',
    statusCode: 403,
    data: 'partial',
  },
}

/** The body of an answer that is one error: `aliases` come back as null where monday sends partial data. */
export function errorBody(
  code: string,
  shape: AnswerShape,
  details: { readonly requestId: string; readonly retryInSeconds?: number; readonly aliases?: readonly string[] },
): string {
  const extensions = {
    code,
    ...(details.retryInSeconds === undefined ? {} : { retry_in_seconds: details.retryInSeconds }),
    ...(shape.statusCode === undefined ? {} : { status_code: shape.statusCode }),
    ...shape.extensions,
  }
  const aliases = details.aliases ?? []
  const errors =
    shape.data === 'partial' && aliases.length > 0
      ? aliases.map((alias) => ({ message: shape.message, path: [alias], extensions }))
      : [{ message: shape.message, extensions }]
  return JSON.stringify({
    ...(shape.data === 'partial' ? { data: Object.fromEntries(aliases.map((alias) => [alias, null])) } : {}),
    ...(shape.data === 'none' && shape.status === 200 ? { data: null } : {}),
    errors,
    extensions: { request_id: details.requestId },
  })
}
