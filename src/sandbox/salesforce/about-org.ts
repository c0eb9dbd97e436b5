import type { SandboxRequest } from '../engine/engine.ts'
import { baseUrlOf } from './auth.ts'
import type { BulkJobs } from './bulk-jobs.ts'
import type { DailyCalls } from './daily-calls.ts'
import type { Org } from './org.ts'

/** Versions that answer; older ones are gone, newer ones do not exist yet. */
export const OLDEST_VERSION = 31
export const NEWEST_VERSION = 68

/** What is counted over a day, and told by `/limits`. */
export interface Spent {
  readonly calls: DailyCalls
  readonly bulk: BulkJobs
}

/** `Winter '27` for 68, `Summer '26` for 67, and so on back. */
export function versions(): object[] {
  const list: object[] = []
  for (let version = OLDEST_VERSION; version <= NEWEST_VERSION; version++) {
    const season = ['Spring', 'Summer', 'Winter'][version % 3] as string
    const year = Math.floor((version - 68) / 3) + 27
    const label = `${season} '${year}`
    list.push({ label, url: `/services/data/v${version}.0`, version: `${version}.0` })
  }
  return list
}

export function resources(base: string): object {
  const names = ['composite', 'jobs', 'limits', 'query', 'queryAll', 'sobjects']
  return Object.fromEntries(names.map((name) => [name, `${base}/${name}`]))
}

export function limits(org: Org, { calls, bulk }: Spent): object {
  const rest = (most: number, used: number) => ({ Max: most, Remaining: Math.max(0, most - used) })
  const { jobs, megabytes } = bulk.spent()
  return {
    DailyApiRequests: rest(calls.allowed(), calls.used()),
    DailyBulkV2QueryJobs: rest(org.engine.limits.get('salesforce.bulkJobsPerDay'), jobs),
    DailyBulkV2QueryFileStorageMB: rest(org.engine.limits.get('salesforce.bulkStorageMb'), megabytes),
  }
}

export function userInfo(org: Org, request: SandboxRequest): object {
  const user = org.find('User', org.apiUserId) ?? {}
  const base = baseUrlOf(request)
  return {
    sub: `${base}/id/${org.orgId}/${org.apiUserId}`,
    user_id: org.apiUserId,
    organization_id: org.orgId,
    preferred_username: user.Username,
    nickname: user.Alias,
    name: user.Name,
    email: user.Email,
    email_verified: true,
    given_name: user.FirstName,
    family_name: user.LastName,
    zoneinfo: user.TimeZoneSidKey,
    profile: `${base}/${org.apiUserId}`,
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    utcOffset: 0,
    urls: { rest: `${base}/services/data/v{version}/`, query: `${base}/services/data/v{version}/query/` },
    active: true,
  }
}
