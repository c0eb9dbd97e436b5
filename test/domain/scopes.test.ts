import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { FACTS } from '../../src/domain/fact-fields.ts'
import { FACT_KINDS } from '../../src/domain/facts.ts'
import { scopesOf, totalsScopes } from '../../src/domain/scopes.ts'
import { aLead, anAccount, anOpportunity, aUser, contextOf, factsOf } from './builders.ts'

const facts = factsOf(
  {
    account: anAccount({ ownerId: 'U1' }),
    opportunities: [anOpportunity({ id: 'O1', ownerId: 'U9' }), anOpportunity({ id: 'O2' })],
    leads: [aLead({ ownerId: 'U1' })],
  },
  contextOf(defaultModel(), [aUser()]),
)

describe('what is in scope', () => {
  test('is the fact itself, its account and its owner', () => {
    const [scope] = scopesOf('opportunity', facts)
    expect(scope).toEqual({
      kind: 'opportunity',
      id: 'O1',
      names: {
        opportunity: facts.opportunities[0],
        account: facts.account,
        owner: { id: 'U9', name: 'U9', known: false },
      },
    })
    expect(scopesOf('lead', facts)[0]?.names).toEqual({
      lead: facts.leads[0],
      account: facts.account,
      owner: facts.users.get('U1'),
    })
    expect(scopesOf('account', facts)[0]?.names).toEqual({ account: facts.account, owner: facts.users.get('U1') })
  })

  test('lacks the name of what is not there', () => {
    expect(Object.keys(scopesOf('opportunity', facts)[1]?.names ?? {})).toEqual(['opportunity', 'account'])
    const alone = factsOf({ account: null, leads: [aLead()] })
    expect(Object.keys(scopesOf('lead', alone)[0]?.names ?? {})).toEqual(['lead'])
    expect(scopesOf('account', alone)).toEqual([])
  })

  test('is found by owner ids that happen to be names every object has', () => {
    const odd = factsOf({ opportunities: [anOpportunity({ ownerId: 'constructor' })] })
    expect(scopesOf('opportunity', odd)[0]?.names.owner).toEqual({
      id: 'constructor',
      name: 'constructor',
      known: false,
    })
  })

  test('is what FACTS says, for every kind', () => {
    for (const kind of FACT_KINDS) {
      for (const { names } of scopesOf(kind, facts)) {
        for (const name of Object.keys(names)) expect([kind, ...Object.keys(FACTS[kind].scope)]).toContain(name)
      }
    }
  })

  test('of a board of totals comes from the funnel, not from a dossier', () => {
    expect(scopesOf('funnel_stage', facts)).toEqual([])
    expect(totalsScopes('funnel_stage', [{ id: 'a', count: 1 }])).toEqual([
      { kind: 'funnel_stage', id: 'a', names: { funnel_stage: { id: 'a', count: 1 } } },
    ])
  })
})
