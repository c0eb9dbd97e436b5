import type { Engine, SandboxAnswer, SandboxRequest, Vendor } from '../engine/engine.ts'
import { underFaults } from '../engine/faults.ts'
import { type Account, answerApi } from './api-call.ts'
import { boardPage, boardsPage } from './board-page.ts'
import { Budget } from './budget.ts'
import { BoardHands } from './hands.ts'
import { IdempotencyCache } from './idempotency.ts'
import { answerStorage, REPORTS, UPLOADS } from './import-operations.ts'
import { Imports } from './imports.ts'
import { MondayState, type UserRow } from './state.ts'
import { MAIN_WORKSPACE } from './views.ts'

type Plan = 'free' | 'standard' | 'pro' | 'enterprise'

export interface MondayOptions {
  /** Whoever has an account. The first is who the main token belongs to; there is always at least one. */
  readonly users: readonly { readonly name: string; readonly email: string }[]
  /** Sets the engine's limits to those of the plan; default `standard`. */
  readonly plan?: Plan
  /** The main token; default `monday-sandbox-token`. */
  readonly token?: string
}

export interface MondayVendor extends Vendor {
  /** The token by which the user with this e-mail address works: for edits by hand, as another than the sync. */
  tokenOf(email: string): string
  /** What the account's first user does to boards in the browser. */
  readonly hands: BoardHands
}

/**
 * A monday account: `POST /v2` as API version 2026-10 has it, and each board as a page at `/boards/<id>`.
 *
 * Files of imports go to, and reports come from, links of a storage beside it; see `imports.ts`.
 *
 * Operations for fault rules are `monday.query` and `monday.mutation` for a whole request, and
 * `monday.mutation.<field>` for each alias of one. At an alias, `error` fails that alias alone. What comes before
 * (`cut-before`, `kill-before`, `stop-before`, `hang`, `status`, `html`) breaks the batch off in front of it: the aliases before it
 * are done, and no answer is kept for the idempotency key. What comes after hits the answer, when the whole batch is
 * done and its answer kept: monday does not stop because a client is gone.
 */
export function createMondayVendor(engine: Engine, options: MondayOptions): MondayVendor {
  const { clock, limits } = engine
  const plan = options.plan ?? 'standard'
  for (const name of PLAN_LIMITS[plan]) limits.set(name, limits.get(`${name}.${plan}`))
  const state = new MondayState(engine.db)
  const born = new Date(clock.now()).toISOString()
  const users = options.users.length > 0 ? options.users : [{ name: 'Sandbox Admin', email: 'admin@sandbox.example' }]
  const [owner] = state.atomically(() => users.map((user) => state.addUser(user, born))) as [UserRow]
  state.run(
    `INSERT INTO monday_workspaces VALUES (?, 'Main workspace', NULL, 'open', 'active', ?) ON CONFLICT DO NOTHING`,
    MAIN_WORKSPACE,
    born,
  )
  const token = options.token ?? 'monday-sandbox-token'
  const imports = new Imports(state, engine)
  const account: Account = {
    engine,
    state,
    plan,
    budget: new Budget(state, clock, limits),
    imports,
    answers: new IdempotencyCache(),
    userOf(given) {
      if (given === token) return owner
      if (!given.startsWith(`${token}.`)) return undefined
      return state.get<UserRow>('SELECT * FROM monday_users WHERE email = ?', given.slice(token.length + 1))
    },
  }
  return {
    name: 'monday',
    paths: ['/v2', '/boards', UPLOADS, REPORTS],
    tokenOf: (email) => `${token}.${email}`,
    hands: new BoardHands(state, engine, owner),
    env: (baseUrl) => ({ MONDAY_API_TOKEN: token, MONDAY_API_URL: `${baseUrl}/v2` }),
    async handle(request) {
      if (request.path.startsWith('/monday-')) return storage(engine, imports, request)
      imports.catchUp()
      return /^\/v2\/?$/.test(request.path) ? answerApi(account, request) : page(state, request)
    },
  }
}

/** The storage that takes files of imports and gives out reports: `monday.upload` and `monday.report` in fault rules. */
function storage(engine: Engine, imports: Imports, request: SandboxRequest): Promise<SandboxAnswer> {
  imports.catchUp()
  const { clock, limits, faults } = engine
  return underFaults({
    faults,
    request,
    operation: request.path.startsWith(UPLOADS) ? 'monday.upload' : 'monday.report',
    run: () => answerStorage(imports, request, clock.now(), limits.get('monday.importSerialBase')),
    error: () => ({ status: 500, headers: {}, body: '' }),
  })
}

/** The limits that a plan has of its own; the others are those of every plan. */
const PLAN_LIMITS: Readonly<Record<Plan, readonly string[]>> = {
  free: ['monday.callsPerDay', 'monday.complexityPerMinute'],
  standard: [],
  pro: ['monday.callsPerDay', 'monday.requestsPerMinute', 'monday.concurrency'],
  enterprise: ['monday.callsPerDay', 'monday.requestsPerMinute', 'monday.concurrency'],
}

function page(state: MondayState, request: SandboxRequest): SandboxAnswer {
  const [, rest = ''] = request.path.split(/^\/boards\/?/)
  const id = /^\d+(?=\/|$)/.exec(rest)?.[0]
  const html = rest === '' ? boardsPage(state) : id === undefined ? null : boardPage(state, Number(id))
  return {
    status: html === null ? 404 : 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
    body: html ?? '<!DOCTYPE html><title>No such board</title><p>There is no such board.</p>',
  }
}
