/** What the example company's product can do, will do, or is asked to do. */
export interface CompanyFeature {
  readonly name: string
  /** Other names, as people write them. */
  readonly aliases: string
  readonly theme: string
  readonly status: 'Idea' | 'Planned' | 'Building' | 'Shipped' | 'Declined'
  readonly etaQuarter: string | null
  /** How many days ago it shipped; `null`: it did not. */
  readonly shippedDaysAgo: number | null
  readonly effortHours: number
  /** The event by which usage names it; `null`: it is in no product yet. */
  readonly event: string | null
}

const feature = (
  name: string,
  aliases: string,
  theme: string,
  status: CompanyFeature['status'],
  effortHours: number,
  event: string | null = null,
  shippedDaysAgo: number | null = null,
): CompanyFeature => ({
  name,
  aliases,
  theme,
  status,
  etaQuarter: status === 'Planned' || status === 'Building' ? '2027-Q1' : null,
  effortHours,
  shippedDaysAgo,
  event,
})

export const FEATURES: readonly CompanyFeature[] = [
  feature('Single sign-on', 'SSO, SAML login, sso_login', 'Enterprise security', 'Building', 320, 'sso_login'),
  feature('Audit log', 'audit trail, audit_log_viewed', 'Enterprise security', 'Planned', 200),
  feature('Permissions per column', 'column permissions, RBAC', 'Enterprise security', 'Idea', 480),
  feature('Gantt export', 'PDF export, gantt_exported', 'Reporting', 'Shipped', 80, 'gantt_exported', 95),
  feature('Report builder', 'custom reports, report_created', 'Reporting', 'Shipped', 400, 'report_created', 230),
  feature('Workload view', 'capacity planning, workload_opened', 'Planning', 'Shipped', 260, 'workload_opened', 160),
  feature('Time tracking', 'timesheets', 'Planning', 'Planned', 300),
  feature('Salesforce link', 'CRM sync', 'Integrations', 'Building', 220),
  feature('Offline mode', 'offline', 'Mobile', 'Declined', 900),
  feature('Guest access', 'external users, guest_invited', 'Sharing', 'Shipped', 150, 'guest_invited', 40),
]

/** How the product calls what people do in it. `login` and `heartbeat` are no use of anything. */
export const EVENTS: readonly string[] = FEATURES.flatMap(({ event }) => (event === null ? [] : [event]))
