import type { VirtualClock } from './engine.ts'

/**
 * A clock that starts at `startMs` and runs `speed` times as fast as the wall.
 *
 * It never goes back: `advance` takes no negative duration, and real time is read from a monotonic source.
 */
export function createVirtualClock(startMs: number, speed: number): VirtualClock {
  if (!(speed > 0)) throw new RangeError(`Clock speed is ${speed}; it must be above 0`)
  const realStart = performance.now()
  let advanced = 0
  return {
    speed,
    now: () => Math.floor(startMs + advanced + (performance.now() - realStart) * speed),
    real: (virtualMs) => virtualMs / speed,
    advance(virtualMs) {
      if (!(virtualMs >= 0))
        throw new RangeError(`The clock cannot be advanced by ${virtualMs} ms; time never goes back`)
      advanced += virtualMs
    },
  }
}
