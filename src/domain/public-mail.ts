import freeMail from 'email-providers/all.json' with { type: 'json' }

const PUBLIC = new Set<string>(freeMail)

/** Whether anybody can have an address there (gmail.com, qq.com): such a domain says nothing about a company. */
export function isPublicMail(domain: string): boolean {
  return PUBLIC.has(domain)
}
