import { createHash, randomUUID } from 'node:crypto'
import { type ExecutionResult, execute, GraphQLError } from 'graphql'
import type { Engine, FaultRule, SandboxAnswer, SandboxRequest } from '../engine/engine.ts'
import { underFaults } from '../engine/faults.ts'
import { type Asked, readAsked } from './asked.ts'
import type { Budget, Refusal } from './budget.ts'
import { costOf, isLoneComplexity, rootAliases } from './cost.ts'
import { ANSWER_ERRORS, type AnswerShape, BatchBroken, errorBody, MondayError } from './errors.ts'
import type { IdempotencyCache, KeptAnswer } from './idempotency.ts'
import type { Imports } from './imports.ts'
import { mutations } from './mutations.ts'
import { queries } from './queries.ts'
import { mondaySchema } from './schema.ts'
import type { MondayState, UserRow } from './state.ts'
import { type ApiVersion, versionFor } from './versions.ts'
import type { Context, Write } from './views.ts'

/** What all requests of one account share. */
export interface Account {
  readonly engine: Engine
  readonly state: MondayState
  readonly plan: string
  readonly budget: Budget
  readonly imports: Imports
  readonly answers: IdempotencyCache
  userOf(token: string): UserRow | undefined
}

/** Answers a request to `/v2`, with what the fault table says is to go wrong with it. */
export async function answerApi(account: Account, request: SandboxRequest): Promise<SandboxAnswer> {
  if (request.method !== 'POST') {
    return { status: 405, headers: { Allow: 'POST', 'Content-Type': 'text/plain' }, body: 'Use POST\n' }
  }
  account.imports.catchUp()
  const call = new ApiCall(account, request)
  account.budget.enter()
  try {
    return await underFaults({
      faults: account.engine.faults,
      request,
      operation: call.isMutation ? 'monday.mutation' : 'monday.query',
      run: (rule) => call.run(rule),
      error: (rule) => call.refuseByFault(rule),
    })
  } finally {
    account.budget.leave()
  }
}

/** What went on while a batch ran that its answer does not tell. */
interface Batch {
  /** The fault that broke it off: the aliases before it are done, it and the others are not. */
  brokenBy: FaultRule | null
  /** The fault that hits the answer, after all was done. */
  afterwards: FaultRule | null
  keepAnswer: boolean
  /** What took effect, once the whole request does. */
  readonly effects: { readonly operation: string; readonly detail: string }[]
}

/** One alias refused the whole request. */
class BatchRefused extends Error {
  readonly reason: GraphQLError

  constructor(reason: GraphQLError) {
    super(reason.message)
    this.reason = reason
  }
}

/** One request to `/v2` on its way through the limits to its answer. */
class ApiCall {
  readonly #account: Account
  readonly #request: SandboxRequest
  readonly #asked: Asked
  readonly #requestId = randomUUID()
  readonly isMutation: boolean
  #version: ApiVersion | null = null

  constructor(account: Account, request: SandboxRequest) {
    this.#account = account
    this.#request = request
    this.#asked = readAsked(request.body)
    this.isMutation = this.#asked.operation?.operation === 'mutation'
  }

  async run(rule: FaultRule | null): Promise<SandboxAnswer> {
    const { budget, engine } = this.#account
    const crowded = budget.admitIp()
    if (crowded !== null) return this.#refuse(crowded)
    const user = this.#account.userOf((this.#request.headers.authorization ?? '').replace(/^Bearer /, ''))
    if (user === undefined) return this.#fail('NOT_AUTHENTICATED')
    const limited = budget.admit()
    if (limited !== null) return this.#refuse(limited, user)
    try {
      this.#version = versionFor(this.#request.headers['api-version'], engine.clock.now())
    } catch (error) {
      budget.countCall(user.id, 10)
      return this.#answer(200, JSON.stringify(this.#errorsOnly([asJson(error)])))
    }
    const key = this.isMutation ? (this.#request.headers['idempotency-key'] ?? '') : ''
    if (key === '') return this.#execute(user, rule, null)
    const scope = engine.limits.get('monday.idempotencyChecksBody') > 0 ? digest(this.#request.body) : 'any'
    return this.#executeOnce(user, rule, `${user.id}/${scope}/${key}`)
  }

  /** An answer that is one error, as a fault rule names it; nothing is done and nothing counted. */
  refuseByFault(rule: FaultRule): SandboxAnswer {
    const code = String(rule.with?.code ?? 'INTERNAL_SERVER_ERROR')
    const shape = ANSWER_ERRORS[code] ?? { status: 200, message: code, data: 'partial' as const }
    const status = rule.with?.status === undefined ? shape.status : Number(rule.with.status)
    const retry = rule.with?.retryAfter === undefined ? undefined : Number(rule.with.retryAfter)
    // The same error told inside HTTP 200 carries data.
    const data = status === 200 ? { data: shape.data ?? 'partial' } : {}
    return this.#fail(code, retry, { ...shape, status, ...data })
  }

  async #executeOnce(user: UserRow, rule: FaultRule | null, key: string): Promise<SandboxAnswer> {
    const { answers, budget, engine } = this.#account
    const { limits, clock } = engine
    const kept = answers.find(key, clock.now())
    if (kept !== null) {
      budget.countCall(user.id, 10)
      return this.#answer(kept.status, kept.body, { 'Idempotency-Replayed': 'true' })
    }
    if (!answers.begin(key)) {
      budget.countCall(user.id, 10)
      return this.#fail('IDEMPOTENCY_CONFLICT')
    }
    try {
      const keep = (answer: KeptAnswer) => {
        answers.keep(key, answer, clock.now(), limits.get('monday.idempotencyMs'))
      }
      return await this.#execute(user, rule, keep)
    } finally {
      answers.end(key)
    }
  }

  async #execute(
    user: UserRow,
    rule: FaultRule | null,
    keep: ((answer: KeptAnswer) => void) | null,
  ): Promise<SandboxAnswer> {
    const { engine } = this.#account
    const { limits, clock } = engine
    const { document, operation, variables, errors } = this.#asked
    if (document === null || operation === null || errors.length > 0) return this.#notRunnable(user)
    const points = costOf(document, operation, variables, limits)
    const before = this.#account.budget.complexityLeft()
    const refused = this.#charge(user, points, isLoneComplexity(operation))
    if (refused !== null) return refused

    const batch: Batch = { brokenBy: null, afterwards: null, keepAnswer: rule?.action !== 'skip-cache', effects: [] }
    const context = this.#context(user, { before, query: points }, batch, rule)
    // Resolvers wait for nothing, so the whole operation is done before anything else gets its turn.
    const work = () =>
      execute({
        schema: mondaySchema,
        document,
        rootValue: this.isMutation ? mutations : queries,
        contextValue: context,
        variableValues: variables,
      }) as ExecutionResult
    const result = this.isMutation ? this.#wholly(work) : work()
    if (result.data == null) batch.effects.length = 0
    for (const { operation: name, detail } of batch.effects) engine.sideEffects.record(name, detail)
    if (batch.brokenBy !== null) return this.#hit(batch.brokenBy, null)
    const status = result.data === undefined ? this.#refusedStatus() : statusOf(result)
    const answer = { status, body: this.#resultBody(result) }
    await this.#pass(clock.real(limits.get('monday.latencyMs')))
    if (keep !== null && batch.keepAnswer && this.#isKept(answer.body, result)) keep(answer)
    const sent = this.#answer(answer.status, answer.body)
    return batch.afterwards === null ? sent : this.#hit(batch.afterwards, sent)
  }

  /** Carries out all aliases, or none where one bad value refuses the whole request. */
  #wholly(work: () => ExecutionResult): ExecutionResult {
    const { engine, state } = this.#account
    if (engine.limits.get('monday.badValueRefusesAll') === 0) return state.atomically(work)
    try {
      return state.atomically(() => {
        const result = work()
        const bad = result.errors?.find(({ extensions }) => extensions.code === 'ColumnValueException')
        if (bad !== undefined) throw new BatchRefused(bad)
        return result
      })
    } catch (error) {
      if (!(error instanceof BatchRefused)) throw error
      const { message, extensions } = error.reason
      return { errors: [new GraphQLError(message, { extensions })] }
    }
  }

  #refusedStatus(): number {
    return this.#account.engine.limits.get('monday.badValueRefusesAll') || 200
  }

  /** The answer to a body, a syntax or a selection that cannot be run: it counts as a call all the same. */
  #notRunnable(user: UserRow): SandboxAnswer {
    this.#account.budget.countCall(user.id, 10)
    const errors = this.#asked.errors.map(({ message, code, locations }) => ({
      message,
      ...(locations === undefined ? {} : { locations }),
      extensions: { code, status_code: 400 },
    }))
    return this.#answer(400, JSON.stringify(this.#errorsOnly(errors)))
  }

  /** Takes what an operation costs from the budgets; the refusal when they do not hold it. */
  #charge(user: UserRow, points: number, isLone: boolean): SandboxAnswer | null {
    const { budget, engine } = this.#account
    const { limits } = engine
    const most = limits.get('monday.complexityPerQuery')
    if (points > most) return this.#tooBig(user, points, most)
    const exhausted = budget.spend(points)
    if (exhausted !== null) return this.#refuse(exhausted, user)
    const extra = limits.get('monday.complexityPerExtraCall')
    const calls = extra > 0 ? 1 + Math.floor(points / extra) : 1
    budget.countCall(user.id, isLone ? limits.get('monday.complexityCallTenths') : calls * 10)
    return null
  }

  #isKept(body: string, result: ExecutionResult): boolean {
    const { limits } = this.#account.engine
    if (Buffer.byteLength(body) > limits.get('monday.idempotencyBytes')) return false
    return result.errors === undefined || limits.get('monday.idempotencyKeepsPartialFailures') > 0
  }

  #context(user: UserRow, complexity: Context['complexity'], batch: Batch, rule: FaultRule | null): Context {
    const { engine, state, budget, imports, plan } = this.#account
    const now = engine.clock.now()
    const at = new Date(now).toISOString()
    const lag = rule?.action === 'lag' ? Number(rule.with?.ms ?? 0) : engine.limits.get('monday.lookupLagMs')
    return {
      state,
      limits: engine.limits,
      budget,
      imports,
      plan,
      now,
      user,
      complexity,
      baseUrl: `http://${this.#request.headers.host ?? 'localhost'}`,
      perform(name, work) {
        if (batch.brokenBy !== null) throw new BatchBroken()
        const operation = `monday.mutation.${name}`
        const hit = engine.faults.hit(operation)
        heed(hit, batch)
        const findableFrom = now + (hit?.action === 'lag' ? Number(hit.with?.ms ?? 0) : lag)
        const details: string[] = []
        const write: Write = { at, findableFrom, done: (detail) => details.push(detail) }
        const result = state.atomically(() => work(write))
        for (const detail of details) batch.effects.push({ operation, detail })
        return result
      },
    }
  }

  /** Applies a fault that struck between two aliases, or after the last, to the answer. */
  #hit(rule: FaultRule, answer: SandboxAnswer): Promise<SandboxAnswer> {
    return underFaults({
      faults: { add() {}, clear() {}, hit: () => rule },
      request: this.#request,
      operation: rule.operation,
      run: () => answer,
      error: () => this.refuseByFault(rule),
    })
  }

  /** Lets the latency pass, with the request counted among those at once. */
  async #pass(ms: number): Promise<void> {
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
  }

  #tooBig(user: UserRow, points: number, most: number): SandboxAnswer {
    const { limits } = this.#account.engine
    this.#account.budget.countCall(user.id, limits.get('monday.limitedCallTenths'))
    return this.#fail('maxComplexityExceeded', undefined, {
      status: limits.get('monday.queryTooBigStatus'),
      message: `Query has complexity of ${points}, which exceeds max complexity of ${most}`,
      data: 'none',
      extensions: { complexity: points, maxComplexity: most },
    })
  }

  #refuse(refusal: Refusal, user?: UserRow): SandboxAnswer {
    const { budget, engine } = this.#account
    if (user !== undefined) budget.countCall(user.id, engine.limits.get('monday.limitedCallTenths'))
    return this.#fail(refusal.code, budget.seconds(refusal.retryMs))
  }

  #fail(code: string, retrySeconds?: number, shape = ANSWER_ERRORS[code] as AnswerShape): SandboxAnswer {
    const retryInSeconds =
      retrySeconds ??
      (shape.retryInSeconds === undefined ? undefined : this.#account.budget.seconds(shape.retryInSeconds * 1_000))
    const body = errorBody(code, shape, {
      requestId: this.#requestId,
      aliases: this.#asked.operation === null ? [] : rootAliases(this.#asked.operation),
      ...(retryInSeconds === undefined ? {} : { retryInSeconds }),
    })
    return this.#answer(
      shape.status,
      body,
      retryInSeconds === undefined ? {} : { 'Retry-After': String(retryInSeconds) },
    )
  }

  #resultBody(result: ExecutionResult): string {
    return JSON.stringify({
      data: result.data ?? null,
      ...(result.errors === undefined ? {} : { errors: result.errors.map(asJson) }),
      extensions: { request_id: this.#requestId },
    })
  }

  #errorsOnly(errors: readonly unknown[]): Record<string, unknown> {
    return { errors, extensions: { request_id: this.#requestId } }
  }

  #answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): SandboxAnswer {
    const now = this.#account.engine.clock.now()
    return {
      status,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'API-Version': (this.#version ?? versionFor(undefined, now)).value,
        'x-request-id': this.#requestId,
        ...this.#account.budget.headers(),
        ...headers,
      },
      body,
    }
  }
}

/** Application errors ride on 200; that no more imports may be started does so only beside something that was done. */
function statusOf({ data, errors = [] }: ExecutionResult): number {
  const limited = errors.some(({ extensions }) => extensions.code === 'RATE_LIMIT_EXCEEDED')
  return limited && Object.values(data ?? {}).every((one) => one === null) ? 429 : 200
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Notes what a fault at one alias means for the batch; throws when that alias is not to be done. */
function heed(rule: FaultRule | null, batch: Batch): void {
  switch (rule?.action) {
    case undefined:
    case 'lag':
      return
    case 'skip-cache':
      batch.keepAnswer = false
      return
    case 'error': {
      const code = String(rule.with?.code ?? 'INTERNAL_SERVER_ERROR')
      const shape = ANSWER_ERRORS[code]
      throw new MondayError(code, shape?.message ?? code, shape?.statusCode ?? shape?.status ?? 200)
    }
    case 'cut-before':
    case 'kill-before':
    case 'stop-before':
    case 'hang':
    case 'status':
    case 'html':
      batch.brokenBy = rule
      throw new BatchBroken()
    default:
      batch.afterwards ??= rule
  }
}

function asJson(error: unknown): unknown {
  if (error instanceof GraphQLError) {
    const cause = error.originalError
    // Whatever else throws in a resolver is a bug of the sandbox, and must not look like a vendor's error.
    if (cause !== undefined && cause !== null && !(cause instanceof MondayError) && !(cause instanceof BatchBroken))
      throw cause
    const extensions =
      Object.keys(error.extensions).length > 0 ? error.extensions : { code: 'BAD_USER_INPUT', status_code: 200 }
    return { message: error.message, locations: error.locations, path: error.path, extensions }
  }
  if (error instanceof MondayError) return { message: error.message, extensions: error.extensions }
  throw error
}
