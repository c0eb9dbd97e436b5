import { describe, expect, test } from 'vitest'
import { meaningOf, reasonOf } from '../../../src/board/monday/errors.ts'
import { parseAnswer, wireColumn } from '../../../src/board/monday/wire.ts'

const only = (status: number, body: unknown) => {
  const { errors } = parseAnswer(status, typeof body === 'string' ? body : JSON.stringify(body))
  expect(errors).toHaveLength(1)
  return errors[0] as (typeof errors)[number]
}

describe('answers', () => {
  test('an answer without errors is its data', () => {
    expect(parseAnswer(200, '{"data":{"a":1},"extensions":{"request_id":"r-1"}}')).toEqual({
      data: { a: 1 },
      errors: [],
      requestId: 'r-1',
      isAnswer: true,
    })
  })

  test('errors come with code, path, hint and data in the shape of 2025-01 and later', () => {
    const body = {
      data: { m0: null, m1: { id: '1' } },
      errors: [
        {
          message: 'bad value',
          path: ['m0'],
          extensions: { code: 'ColumnValueException', status_code: 200, error_data: { column_id: 'arr' } },
        },
      ],
    }
    expect(parseAnswer(200, JSON.stringify(body))).toMatchObject({
      data: { m1: { id: '1' } },
      errors: [{ code: 'ColumnValueException', path: ['m0'], statusCode: 200, data: { column_id: 'arr' } }],
    })
  })

  test('the older shape, with the code at the top and errors as strings, is read as well', () => {
    const old = {
      error_code: 'ComplexityException',
      error_message: 'Query has complexity of 30001, budget remaining 5 out of 1000000, reset in 3 seconds',
      status_code: 429,
    }
    expect(only(200, old)).toMatchObject({ code: 'ComplexityException', statusCode: 429, retryAfterMs: 3000 })
    expect(only(200, { errors: ['Internal Server Error'] }).code).toBe('INTERNAL_SERVER_ERROR')
    expect(only(200, { error_message: 'User unauthorized', status_code: 403 }).message).toBe('User unauthorized')
  })

  test.each([
    [429, '<html><body>Too many</body></html>', 'HTTP_429', '429 with an HTML page'],
    [502, '', 'HTTP_502', '502 with no body'],
    [200, '{"data":{"m0":{"id"', 'HTTP_200', '200 with a body that is no answer'],
    [200, '{}', 'HTTP_200', '200 with a body that is no answer'],
    [200, '[]', 'HTTP_200', '200 with a body that is no answer'],
  ])('%s with body %j is one error', (status, body, code, message) => {
    expect(only(status, body)).toMatchObject({ code, message })
  })

  test('hints are in seconds, in milliseconds, or inside error_data', () => {
    const withHint = (extensions: object) => only(429, { errors: [{ message: '', extensions }] }).retryAfterMs
    expect(withHint({ code: 'X', retry_in_seconds: 58 })).toBe(58_000)
    expect(withHint({ code: 'X', retryAfterMs: 1500 })).toBe(1500)
    expect(withHint({ code: 'X', error_data: { retry_in_seconds: 2 } })).toBe(2000)
    expect(withHint({ code: 'X' })).toBeNull()
  })

  test('settings are read as JSON or as text, and others than labels are nobody\u2019s business', () => {
    const column = { id: 's', title: 'S', type: 'status', revision: 7 }
    const labels = [{ id: 1, label: 'Done', color: 1, index: 0 }]
    expect(wireColumn.parse({ ...column, settings: { labels } }).settings?.labels).toMatchObject(labels)
    expect(wireColumn.parse({ ...column, settings: JSON.stringify({ labels }) }).settings?.labels).toMatchObject(labels)
    expect(wireColumn.parse({ ...column, settings: null }).settings).toBeNull()
    expect(wireColumn.parse({ ...column, settings: { labels: 'odd' } }).settings).toBeNull()
    expect(wireColumn.parse(column).revision).toBe('7')
  })
})

describe('meanings', () => {
  test.each([
    ['COMPLEXITY_BUDGET_EXHAUSTED', '', 'limited'],
    ['ComplexityException', '', 'limited'],
    ['MINUTE_RATE_LIMIT_EXCEEDED', '', 'limited'],
    ['MAX_CONCURRENCY_EXCEEDED', '', 'limited'],
    ['maxConcurrencyExceeded', '', 'limited'],
    ['IP_RATE_LIMIT_EXCEEDED', '', 'limited'],
    ['FIELD_LIMIT_EXCEEDED', '', 'limited'],
    ['HTTP_429', '', 'limited'],
    ['DAILY_LIMIT_EXCEEDED', '', 'daily'],
    ['ComplexityException', 'Query complexity 6000000 exceeds max 5000000', 'too-complex'],
    ['tooManyRequests', '', 'busy'],
    ['RESOURCE_LOCKED', '', 'locked'],
    ['HTTP_423', '', 'locked'],
    ['IDEMPOTENCY_CONFLICT', '', 'conflict'],
    ['API_TEMPORARILY_BLOCKED', '', 'blocked'],
    ['INTERNAL_SERVER_ERROR', '', 'internal'],
    ['HTTP_502', '', 'internal'],
    ['HTTP_200', '', 'internal'],
    ['HTTP_408', '', 'internal'],
    ['HTTP_302', '', 'schema'],
    ['HTTP_413', '', 'schema'],
    ['NOT_AUTHENTICATED', '', 'token'],
    ['HTTP_401', '', 'token'],
    ['UserUnauthorizedException', '', 'forbidden'],
    ['USER_UNAUTHORIZED', '', 'forbidden'],
    ['USER_ACCESS_DENIED', '', 'forbidden'],
    ['missingRequiredPermissions', '', 'forbidden'],
    ['UNAUTHORIZED_FIELD_OR_TYPE', '', 'forbidden'],
    ['ColumnValueException', '', 'value'],
    ['CorrectedValueException', '', 'value'],
    ['DATA_VALIDATIONS_ERROR', '', 'rule'],
    ['InvalidColumnIdException', '', 'column-missing'],
    ['InvalidBoardIdException', '', 'board-missing'],
    ['InvalidItemIdException', '', 'item-missing'],
    ['InvalidGroupIdException', '', 'group-missing'],
    ['ResourceNotFoundException', '', 'not-found'],
    ['InvalidUserIdException', '', 'user-unknown'],
    ['ItemNameTooLongException', '', 'name-length'],
    ['ItemsLimitationException', '', 'board-full'],
    ['CursorExpiredError', '', 'cursor'],
    ['InvalidArgumentException', 'The cursor has expired', 'cursor'],
    ['undefinedField', '', 'schema'],
    ['GRAPHQL_VALIDATION_FAILED', '', 'schema'],
    ['X', 'Column revision does not match', 'revision'],
    ['SomethingNew', 'who knows', 'other'],
  ])('%s %j means %s', (code, message, meaning) => {
    const error = { code, message, statusCode: null, path: [], retryAfterMs: null, data: {} }
    expect(meaningOf(error)).toBe(meaning)
  })

  test('something not found is a missing item only when monday says that it was an item', () => {
    const error = { code: 'ResourceNotFoundException', message: '', statusCode: 404, path: [], retryAfterMs: null }
    expect(meaningOf({ ...error, data: { item_id: '7' } })).toBe('item-missing')
    expect(meaningOf({ ...error, data: {} })).toBe('not-found')
  })

  test('reasons hold neither the value nor anybody\u2019s address', () => {
    const error = {
      code: 'ColumnValueException',
      message: 'invalid value: {"personsAndTeams":[9]} of ada@acme.example,\n check it',
      statusCode: 200,
      path: [],
      retryAfterMs: null,
      data: { column_value: '{"personsAndTeams":[9]}' },
    }
    expect(reasonOf(error)).toBe('invalid value: … of … check it')
    expect(reasonOf({ ...error, message: 'x'.repeat(900) })).toHaveLength(201)
  })
})
