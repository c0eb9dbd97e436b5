import type { Org } from './org.ts'

export const API_USERNAME = 'sync@sandbox.example'

/** What every org has: itself, and the user that clients run as. */
export function foundOrg(org: Org): void {
  const at = Math.floor(org.engine.clock.now() / 86_400_000) * 86_400_000 - 3 * 365 * 86_400_000
  const by = org.apiUserId
  const stamps = { CreatedDate: at, CreatedById: by, LastModifiedDate: at, LastModifiedById: by, SystemModstamp: at }
  org.insert('Organization', {
    Id: org.orgId,
    Name: 'Sandbox Org',
    InstanceName: 'SBX1',
    IsSandbox: 1,
    OrganizationType: 'Enterprise Edition',
    TimeZoneSidKey: 'GMT',
    DefaultLocaleSidKey: 'en_US',
    LanguageLocaleKey: 'en_US',
    Country: 'US',
    ...stamps,
  })
  org.insert('User', {
    Id: by,
    Username: API_USERNAME,
    FirstName: 'Sync',
    LastName: 'User',
    Name: 'Sync User',
    Email: 'sync@sandbox.example',
    Alias: 'sync',
    Title: 'Integration',
    IsActive: 1,
    TimeZoneSidKey: 'GMT',
    UserType: 'Standard',
    ...stamps,
  })
}
