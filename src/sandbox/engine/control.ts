import { Fault } from '../../platform/errors.ts'
import type { Engine, SandboxAnswer, SandboxRequest } from './engine.ts'
import { parseFaultRules } from './faults.ts'

/** Answers one request under `/__sandbox/`. A thrown fault becomes a 400 that carries its code and hint. */
export type Control = (request: SandboxRequest) => SandboxAnswer | Promise<SandboxAnswer>

/** What every sandbox lets be steered from outside, by `METHOD name`. */
export function standardControls(engine: Engine): Record<string, Control> {
  return {
    'POST faults': (request) => {
      engine.faults.add(parseFaultRules(readJson(request)))
      return json({})
    },
    'DELETE faults': () => {
      engine.faults.clear()
      return json({})
    },
    'GET side-effects': () => json(engine.sideEffects.list()),
    'POST advance': (request) => {
      const { ms } = readJson(request) as { ms?: unknown }
      if (typeof ms !== 'number' || !(ms >= 0)) {
        throw new Fault('sandbox-bad-request', 'The clock is advanced by {"ms": n}, n from 0', { blame: 'operator' })
      }
      engine.clock.advance(ms)
      return json({ now: engine.clock.now() })
    },
    'POST limits': (request) => {
      for (const [name, value] of Object.entries(readJson(request) as Record<string, unknown>)) {
        engine.limits.set(name, Number(value))
      }
      return json({})
    },
    'GET state': () => json(engineState(engine)),
  }
}

export function engineState(engine: Engine): Record<string, unknown> {
  return {
    now: engine.clock.now(),
    speed: engine.clock.speed,
    reading: engine.limits.reading,
    seed: engine.seed,
    sideEffects: engine.sideEffects.count(),
  }
}

export function json(value: unknown): SandboxAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) }
}

export function readJson(request: SandboxRequest): object {
  let value: unknown
  try {
    value = JSON.parse(request.body)
  } catch (cause) {
    throw new Fault('sandbox-bad-request', `The body of ${request.method} ${request.path} is no JSON`, {
      blame: 'operator',
      cause,
    })
  }
  if (typeof value === 'object' && value !== null) return value
  throw new Fault('sandbox-bad-request', `The body of ${request.method} ${request.path} is no JSON object or list`, {
    blame: 'operator',
  })
}
