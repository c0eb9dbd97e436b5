import { readFileSync } from 'node:fs'
import { loadMappingFiles } from '../../src/mapping/load.ts'
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
  const example = 'mappings/sources/hubspot.yaml.example'
  const files = [
    ...(await loadMappingFiles('mappings')),
    { path: example.replace('.example', ''), text: readFileSync(example, 'utf8') },
  ]
  // HubSpot's stages stand in model.yaml as comments.
  const texts = files.map(({ path, text }) => ({
    path,
    text: text.replace(/^ {2}# (hubspot:| {2}- \{ name: )/gm, '  $1'),
  }))
  const mapping = parseMappings(texts, {}).mappings?.sources.find((one) => one.source === 'hubspot')
  if (mapping === undefined) throw new Error('The shipped mapping of HubSpot cannot be read')
  const source = virtual.connect()
  const started = clock.now()
  let records = 0
  let pages = 0
  for (const { object, reads, optionalReads, where } of mapping.records) {
    const request = { object, fields: [...reads, ...optionalReads], where, after: null }
    for await (const page of source.read(request)) {
      records += page.records.length
      pages += 1
    }
  }
  const seconds = (clock.now() - started) / 1_000
  const allowed = limits.get('hubspot.callsPerTenSeconds')
  // A first window may be used up at once; from then on it is one window after the other. Only pages are needed.
  const least = Math.max(1, 10 * (Math.ceil(pages / allowed) - 1))
  return [
    {
      name: `${records.toLocaleString('en')} records loaded: virtual time ÷ the least in which HubSpot allows their pages`,
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
