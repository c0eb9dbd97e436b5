import { readFileSync } from 'node:fs'
import { parseMappings } from '../../src/mapping/parse.ts'
import { createCompany } from '../../src/sandbox/company/company.ts'
import { loadCompany } from '../../src/sandbox/hubspot/load-company.ts'
import { DAY, NOW, openPortal } from '../../test/source/hubspot/virtual-portal.ts'
import type { Figure } from './figures.ts'

const ACCOUNTS = 20_000

/**
 * A first load of a HubSpot account by the shipped mapping, in virtual time, with answers that take none: what is measured is how
 * near the reader goes to the requests that HubSpot allows an app in ten seconds, and how many it makes beside pages.
 */
export async function benchHubSpot(scale: number): Promise<Figure[]> {
  using virtual = openPortal()
  const { portal, clock, asked } = virtual
  const accounts = Math.round(ACCOUNTS * scale)
  const asOf = Math.floor(NOW / DAY) * DAY
  portal.transaction(() => loadCompany(portal, createCompany({ seed: 1, accounts, asOf }), 1))
  const { limits } = portal.engine
  const path = 'mappings/sources/hubspot.yaml'
  const model = { path: 'mappings/model.yaml', text: readFileSync('mappings/model.yaml', 'utf8') }
  const { mappings } = parseMappings([{ path, text: readFileSync(`${path}.example`, 'utf8') }, model], {})
  const source = virtual.connect()
  const started = clock.now()
  let records = 0
  let pages = 0
  for (const { object, reads, optionalReads, where } of mappings?.sources[0]?.records ?? []) {
    const request = { object, fields: [...reads, ...optionalReads], where, after: null }
    for await (const page of source.read(request)) {
      records += page.records.length
      pages += 1
    }
  }
  const seconds = (clock.now() - started) / 1_000
  const allowed = limits.get('hubspot.callsPerTenSeconds')
  // A first window may be used up at once; from then on it is one window after the other.
  const least = Math.max(1, (asked.length - allowed) / (allowed / 10))
  return [
    {
      name: `${records.toLocaleString('en')} records loaded: virtual time ÷ the least in which HubSpot allows those requests`,
      value: seconds / least,
      target: 1 / 0.9,
      unit: '×',
      detail: `${seconds.toFixed(0)} s ÷ ${least.toFixed(0)} s; ${asked.length} requests for ${pages} pages`,
    },
    {
      name: 'requests ÷ pages',
      value: asked.length / pages,
      target: 1.2,
      unit: '×',
      detail:
        'beside pages: what properties and pipelines there are, and which of several companies is the primary one',
    },
  ]
}
