import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_COMPANY } from '../../../src/domain/company.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { readDossier } from '../../../src/domain/dossier.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { anAccount, contextOf, factsOf, TODAY, totalsOf, utc } from '../builders.ts'
import { someRows } from '../generators.ts'

const model = defaultModel()

function booksOf(totals: ReadonlyMap<string, number>, role?: string): FactValues[] {
  const user = (id: string): FactValues => ({ id, name: id, known: true, ...(role === undefined ? {} : { role }) })
  return factsOfTotals('book', totals, model, TODAY, utc, { ...NO_COMPANY, user })
}

describe('books of business', () => {
  test('hold each account once, and each open opportunity and lead that anybody owns', () => {
    const context = contextOf(model)
    fc.assert(
      fc.property(fc.array(someRows, { maxLength: 5 }), (list) => {
        const facts = list.map((rows) => deriveDossier(readDossier(rows), context, TODAY).facts)
        const books = booksOf(totalsOf(facts, model))
        const sum = (field: string) => books.reduce((total, book) => total + Number(book[field]), 0)
        const held = facts
          .flatMap(({ account }) => (account === null ? [] : [account]))
          .filter(({ ownerId, accountManagerId }) => (ownerId ?? accountManagerId) !== undefined)
        const open = facts
          .flatMap(({ opportunities }) => opportunities)
          .filter(({ isOpen, ownerId }) => isOpen === true && ownerId !== undefined)
        const customers = held.filter(({ isCustomer }) => isCustomer === true)
        expect(sum('accounts')).toBe(held.length)
        expect(sum('managed')).toBe(held.filter(({ accountManagerId }) => accountManagerId !== undefined).length)
        expect(sum('customers')).toBe(customers.length)
        expect(sum('arr')).toBe(customers.reduce((total, { arr = 0 }) => total + Number(arr), 0))
        expect(sum('openOpportunities')).toBe(open.length)
        expect(sum('openPipeline')).toBe(open.reduce((total, { arr = 0 }) => total + Number(arr), 0))
        const leads = facts.flatMap((one) => one.leads)
        expect(sum('openLeads')).toBe(leads.filter((one) => one.isOpen === true && one.ownerId !== undefined).length)
        for (const { accounts, smb, midMarket, enterprise } of books)
          expect(Number(smb) + Number(midMarket) + Number(enterprise)).toBeLessThanOrEqual(Number(accounts))
      }),
      { numRuns: 40 },
    )
  })

  test.each([
    ['AE', 49, 'under', 51],
    ['ae', 50, 'within', 50],
    ['account executive', 101, 'over', 0],
    ['am', 61, 'over', 0],
    ['am', 40, 'within', 20],
  ])('of %s with %i accounts is %s: by the size of its role', (role, count, load, free) => {
    const facts = Array.from({ length: count }, (_, i) =>
      factsOf({ account: anAccount({ id: `A${i}`, ownerId: 'U1' }) }),
    )
    expect(booksOf(totalsOf(facts, model), role)).toMatchObject([{ id: 'U1', accounts: count, load, free }])
  })

  test('of other roles have no size', () => {
    const [book] = booksOf(totalsOf([factsOf({ account: anAccount({ ownerId: 'U1' }) })], model), 'csm')
    expect(book).not.toHaveProperty('load')
  })
})
