import type { FieldValue, Page, Source, SourceRecord } from '../../../src/source/source.ts'
import { sourceContract } from '../../contract/source-contract.ts'
import { happened, NOW, openServices, VENDORS } from './simulated-services.ts'

/** The suite's second field holds a text; here a number of events stands for each that it uses. */
const NOTES: readonly FieldValue[] = ['', 'x', 'changed', null]

/** A source whose points of single events are seen as records of an account and a note. */
function noted(source: Source): Source {
  const toOurs = (fields: readonly string[]) => fields.map((name) => (name === 'note' ? 'events' : name))
  const toNoted = (records: readonly SourceRecord[]) =>
    records.flatMap((record): SourceRecord[] => {
      // Those of the whole product say the same again.
      if (record.id.split('|')[2] === '') return []
      if (record.kind === 'deleted') return [record]
      const { account = null, events } = record.fields
      return [{ ...record, fields: { account, note: NOTES[Number(events)] ?? null } }]
    })
  return {
    ...source,
    async *read(request, options) {
      const ours = { ...request, fields: toOurs(request.fields) }
      for await (const page of source.read(ours, options)) yield { ...page, records: toNoted(page.records) } as Page
    },
    async *readByIds(request, options) {
      for await (const part of source.readByIds({ ...request, fields: toOurs(request.fields) }, options))
        yield { ...part, records: toNoted(part.records) }
    },
    describe: async (need, options) => {
      const rename = <T extends { name: string }>(one: T): T => (one.name === 'events' ? { ...one, name: 'note' } : one)
      const found = await source.describe({ ...need, fields: toOurs(need.fields) }, options)
      return { ...found, asked: found.asked.map(rename), fields: found.fields.map(rename) }
    },
    check: (needs, options) =>
      source.check(
        needs.map((need) => ({ ...need, fields: toOurs(need.fields) })),
        options,
      ),
  }
}

for (const vendor of VENDORS) {
  sourceContract(`The source of ${vendor}`, async () => {
    const services = await openServices({ pageSize: 3 })
    const { book, open, held } = services
    const accounts = new Map<string, string>()
    return {
      source: noted(open(vendor, { recentWeeks: '0' })),
      object: 'use',
      fields: ['account', 'note'],
      pageSize: 3,
      put: async (records) => {
        for (const [key, [account, note]] of Object.entries(records)) {
          accounts.set(key, String(account))
          book.remove((event) => event.account === account)
          const count = NOTES.indexOf(note)
          book.add(
            Array.from({ length: count }, (_, i) =>
              happened(`${key}-${i}`, String(account), 'opened', `p${i}`, NOW - 14_400_000),
            ),
          )
        }
      },
      remove: async (key) => book.remove((event) => event.account === accounts.get(key)),
      held,
      [Symbol.asyncDispose]: () => services[Symbol.asyncDispose](),
    }
  })
}
