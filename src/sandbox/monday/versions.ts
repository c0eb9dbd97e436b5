import { MondayError } from './errors.ts'

/** When a version became what: days in UTC, as announced or as it really happened. */
const CALENDAR = [
  { value: '2025-04', candidate: '2025-01-15', current: '2025-04-01', maintenance: '2025-07-01' },
  { value: '2025-07', candidate: '2025-04-01', current: '2025-07-01', maintenance: '2025-10-01' },
  { value: '2025-10', candidate: '2025-07-01', current: '2025-10-01', maintenance: '2026-01-15' },
  { value: '2026-01', candidate: '2025-10-01', current: '2026-01-15', maintenance: '2026-04-01' },
  { value: '2026-04', candidate: '2026-01-15', current: '2026-04-01', maintenance: '2026-07-01' },
  { value: '2026-07', candidate: '2026-04-01', current: '2026-07-01', maintenance: '2026-10-26' },
  { value: '2026-10', candidate: '2026-07-01', current: '2026-10-26', maintenance: '2027-01-15' },
  { value: '2027-01', candidate: '2026-10-01', current: '2027-01-15', maintenance: '2027-04-01' },
] as const

/** Everything up to and including this one is gone and answered by the maintenance version. */
const LAST_DEPRECATED = '2025-01'

const MAINTENANCE_KINDS = ['maintenance', 'previous_maintenance', 'old_previous_maintenance', 'old__maintenance']

export interface ApiVersion {
  readonly value: string
  readonly kind: string
  readonly display_name: string
}

/** The versions that exist at `now`, newest first, with what each is to monday on that day. */
export function versionsAt(now: number): ApiVersion[] {
  const today = new Date(now).toISOString().slice(0, 10)
  const versions: ApiVersion[] = []
  let current = false
  let maintained = 0
  for (const row of [...CALENDAR].reverse()) {
    if (today < row.candidate) continue
    let kind: string
    if (today < row.current) kind = 'release_candidate'
    else if (!current) {
      current = true
      kind = 'current'
    } else {
      kind = MAINTENANCE_KINDS[Math.min(maintained, MAINTENANCE_KINDS.length - 1)] as string
      maintained += 1
    }
    versions.push({ value: row.value, kind, display_name: displayName(row.value, kind) })
  }
  return versions
}

/**
 * The version that answers a request with this `API-Version` header at `now`.
 *
 * No header, or a month that is no version: the current one. A version that is gone: the maintenance one. A header
 * that is neither a month nor `dev`: `InvalidVersionException`.
 */
export function versionFor(header: string | undefined, now: number): ApiVersion {
  const versions = versionsAt(now)
  const current = versions.find((version) => version.kind === 'current') ?? (versions[0] as ApiVersion)
  if (header === undefined || header === '') return current
  if (header === 'dev') return { value: 'dev', kind: 'dev', display_name: 'Dev' }
  if (!/^\d{4}-\d{2}$/.test(header)) {
    throw new MondayError('InvalidVersionException', `Version "${header}" is not a valid API version`, 200)
  }
  const exact = versions.find((version) => version.value === header)
  if (exact !== undefined) return exact
  if (header <= LAST_DEPRECATED) return versions.find((version) => version.kind === 'maintenance') ?? current
  return current
}

function displayName(value: string, kind: string): string {
  const words = kind.replace(/_+/g, ' ')
  return `${value} (${words.charAt(0).toUpperCase()}${words.slice(1)})`
}
