import { createTask, validateDetailed } from 'node-cron'

/** What is wrong with a cron line, in one sentence; `null` when nothing is. */
export function cronProblem(line: string): string | null {
  const fields = line.trim().split(/\s+/).length
  if (fields !== 5 && fields !== 6)
    return `has ${fields} ${fields === 1 ? 'field' : 'fields'} where a cron line has 5 or 6`
  const { valid, errors } = validateDetailed(line)
  if (valid) return null
  const first = errors[0]
  if (first === undefined) return 'is no cron line'
  return first.value === undefined ? first.message : `has "${first.value}" as its ${first.field}`
}

const MINUTE = 60_000
/** Every time zone's hours begin on a quarter of an hour of UTC. */
const QUARTER = 15 * MINUTE
/** Older runs count as missed without looking: no schedule we have heard of is rarer than once a year. */
const LOOK_BACK = 370 * 24 * 60 * MINUTE

/**
 * Whether a cron line came due after `after` and not later than `until`, both ms. Looks at whole minutes: what came
 * due within the minute of `after` itself is not counted again.
 */
export function cameDue(line: string, timeZone: string, after: number, until: number): boolean {
  if (until - after > LOOK_BACK) return true
  const [minute = '*', ...rest] = line.trim().split(/\s+/).slice(-5)
  const inHour = matcher(`* ${rest.join(' ')}`, timeZone)
  const inMinute = matcher(`${minute} ${rest.join(' ')}`, timeZone)
  const first = Math.floor(after / MINUTE) * MINUTE + MINUTE
  for (let quarter = Math.floor(until / QUARTER) * QUARTER; quarter > first - QUARTER; quarter -= QUARTER) {
    if (!inHour(quarter)) continue
    for (let at = Math.max(quarter, first); at < quarter + QUARTER && at <= until; at += MINUTE) {
      if (inMinute(at)) return true
    }
  }
  return false
}

function matcher(line: string, timezone: string): (at: number) => boolean {
  const task = createTask(line, () => {}, { timezone })
  return (at) => task.match(new Date(at))
}
