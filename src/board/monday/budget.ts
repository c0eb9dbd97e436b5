import type { BoardBudget, WayCost } from '../board.ts'

/** One window of a `RateLimit` header: `"minuteRate";r=4999;t=45`. */
export interface Window {
  /** From `RateLimit-Policy`: the quota, which reveals the plan. */
  readonly limit: number | null
  readonly left: number | null
  /** When it starts again, ms since 1970; known when exceeded, and mostly for complexity. */
  readonly resetsAt: number | null
}

/** What mutations were seen to cost. */
export interface LearnedCosts {
  readonly points: number
  readonly ms: number
  readonly batch: number
  /** What one request may cost at most, from what monday refused. */
  readonly maxPoints: number
}

const UNKNOWN: Window = { limit: null, left: null, resetsAt: null }

/**
 * Points one request of ours may cost. monday documents 5,000,000, and elsewhere 1,000,000 for some plans; a request
 * refused for its size costs a call and brings nothing, while one below both limits brings nearly as much.
 */
const MAX_POINTS_PER_REQUEST = 900_000
const MAX_BATCH = 100
const FIRST_BATCH = 25
/** monday gives up on a request after 60 s; batches are kept well below. */
const AIM_MS = 20_000
/** A single batch may take so much of a minute's points: others use the account as well. */
const SHARE_OF_MINUTE = 0.5
/** A guess before any was measured. */
const MS_PER_MUTATION = 150

/**
 * What monday said about its budgets, and the batch size that follows.
 *
 * Starts with 25 mutations, then takes as many as points measured per mutation, the size monday took without trouble,
 * and its answer time allow, 100 at most. Halves after trouble, grows again by half with each batch that went well.
 */
export class Budget {
  minute: Window = UNKNOWN
  complexity: Window = UNKNOWN
  concurrency: Window = UNKNOWN
  #day: { readonly limit: number; readonly used: number; readonly on: string } | null = null
  #pointsPerMutation: number | null = null
  #msPerMutation: number | null = null
  #batch = FIRST_BATCH
  #maxPoints = MAX_POINTS_PER_REQUEST

  /** Takes in the headers of an answer; what they do not name stays as it was. */
  read(headers: Readonly<Record<string, string>>, now: number): void {
    const policy = parseWindows(headers['ratelimit-policy'])
    const state = parseWindows(headers['ratelimit'])
    const merge = (name: string, before: Window): Window => {
      const limit = policy[name]?.['q'] ?? before.limit
      const told = state[name]
      if (told === undefined) return { ...before, limit }
      const seconds = told['t']
      return { limit, left: told['r'] ?? before.left, resetsAt: seconds === undefined ? null : now + seconds * 1000 }
    }
    this.minute = merge('minuteRate', this.minute)
    this.complexity = merge('complexityMinute', this.complexity)
    this.concurrency = merge('concurrency', this.concurrency)
  }

  /** What the account's day was when asked; calls are counted from there. */
  setDay(limit: number, used: number, now: number): void {
    this.#day = { limit, used, on: utcDay(now) }
  }

  countCall(now: number): void {
    if (this.#day === null) return
    const on = utcDay(now)
    this.#day = { ...this.#day, used: (this.#day.on === on ? this.#day.used : 0) + 1, on }
  }

  get knowsDay(): boolean {
    return this.#day !== null
  }

  told(now: number): BoardBudget {
    const day = this.#day
    return {
      day: day === null ? null : { limit: day.limit, used: day.on === utcDay(now) ? day.used : 0 },
      minute: budgetOf(this.minute, now),
      complexity: budgetOf(this.complexity, now),
    }
  }

  /** How long to wait before a request of so many points may be sent; 0 when nothing is known against it. */
  waitFor(points: number | null, now: number): number {
    const waits = [0]
    const { minute, complexity } = this
    if (minute.left === 0 && minute.resetsAt !== null) waits.push(minute.resetsAt - now)
    if (complexity.left !== null && complexity.resetsAt !== null && complexity.left < (points ?? 1)) {
      waits.push(complexity.resetsAt - now)
    }
    return Math.max(...waits)
  }

  /** Points one mutation costs, as measured; `null` before any was. */
  get pointsPerMutation(): number | null {
    return this.#pointsPerMutation
  }

  /** How many mutations the next request should hold. */
  get batch(): number {
    const sizes = [this.#batch]
    if (this.#pointsPerMutation !== null && this.#pointsPerMutation > 0) {
      const minute = this.complexity.limit === null ? this.#maxPoints : this.complexity.limit * SHARE_OF_MINUTE
      sizes.push(Math.floor(Math.min(this.#maxPoints, minute) / this.#pointsPerMutation))
    }
    if (this.#msPerMutation !== null && this.#msPerMutation > 0) sizes.push(Math.floor(AIM_MS / this.#msPerMutation))
    return Math.max(1, Math.min(...sizes))
  }

  /**
   * Calls and time that so many mutations take. Before any was measured, batches are thought to grow as they mostly do,
   * and a mutation to take what monday's guides tell of.
   */
  estimate(mutations: number): WayCost {
    const known = this.#pointsPerMutation !== null
    const first = known ? 0 : Math.min(mutations, this.batch)
    const calls = (first > 0 ? 1 : 0) + Math.ceil((mutations - first) / (known ? this.batch : MAX_BATCH))
    const ms = mutations * (this.#msPerMutation ?? MS_PER_MUTATION)
    const { limit } = this.complexity
    const minutes = limit === null ? 0 : (mutations * (this.#pointsPerMutation ?? 0)) / limit
    // The first minute's points are there at once.
    return { calls, ms: Math.round(Math.max(ms, Math.max(0, minutes - 1) * 60_000)) }
  }

  /** What was measured; `null` before any batch went through. */
  get learned(): LearnedCosts | null {
    const [points, ms] = [this.#pointsPerMutation, this.#msPerMutation]
    return points === null || ms === null ? null : { points, ms, batch: this.#batch, maxPoints: this.#maxPoints }
  }

  /** Starts with what an earlier process measured, when nothing was measured yet. */
  recall({ points, ms, batch, maxPoints }: LearnedCosts): void {
    if (this.#pointsPerMutation !== null) return
    this.#pointsPerMutation = points
    this.#msPerMutation = ms
    this.#batch = Math.max(1, Math.min(MAX_BATCH, batch))
    this.#maxPoints = Math.min(MAX_POINTS_PER_REQUEST, maxPoints)
  }

  /** A batch went through. */
  wentWell(mutations: number, points: number | null, ms: number): void {
    if (mutations === 0) return
    if (points !== null) this.#pointsPerMutation = blend(this.#pointsPerMutation, points / mutations)
    this.#msPerMutation = blend(this.#msPerMutation, ms / mutations)
    const grown = this.#batch === FIRST_BATCH && points !== null ? MAX_BATCH : Math.ceil(this.#batch * 1.5)
    if (mutations >= this.#batch) this.#batch = Math.min(MAX_BATCH, grown)
  }

  /** A batch brought no answer in time. */
  wasTooMuch(mutations: number): void {
    this.#batch = Math.max(1, Math.floor(Math.min(this.#batch, mutations) / 2))
  }

  /** A batch was refused for its points: requests stay below them from now on. */
  wasTooComplex(mutations: number): void {
    this.wasTooMuch(mutations)
    if (this.#pointsPerMutation !== null) {
      this.#maxPoints = Math.min(this.#maxPoints, (mutations * this.#pointsPerMutation) / 2)
    }
  }
}

/** New measurements weigh more: costs change with columns and with monday's mood. */
function blend(before: number | null, now: number): number {
  return before === null ? now : before * 0.3 + now * 0.7
}

function budgetOf(window: Window, now: number): { limit: number; left: number } | null {
  if (window.limit === null) return null
  const isOver = window.resetsAt !== null && window.resetsAt <= now
  return { limit: window.limit, left: isOver || window.left === null ? window.limit : window.left }
}

/** `"a";r=1;t=2, "b";r=3` by name. */
export function parseWindows(header: string | undefined): Record<string, Record<string, number>> {
  const windows: Record<string, Record<string, number>> = {}
  for (const part of (header ?? '').split(',')) {
    const [name, ...params] = part.split(';').map((piece) => piece.trim())
    if (name === undefined || name === '') continue
    const values: Record<string, number> = {}
    for (const param of params) {
      const [key, text] = param.split('=')
      const value = Number(text)
      if (key && text && Number.isFinite(value)) values[key] = value
    }
    windows[name.replaceAll('"', '')] = values
  }
  return windows
}

function utcDay(now: number): string {
  return new Date(now).toISOString().slice(0, 10)
}
