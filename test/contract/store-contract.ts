import { describe } from 'vitest'
import { derivedContract } from './store/derived.ts'
import { desiredContract } from './store/desired.ts'
import { dossierContract } from './store/dossiers.ts'
import { historyContract } from './store/history.ts'
import { ledgerContract } from './store/ledger.ts'
import { lifeContract } from './store/life.ts'
import { linkContract } from './store/links.ts'
import type { OpenStore } from './store/opened.ts'
import { planContract } from './store/plans.ts'
import { recordContract } from './store/records.ts'
import { reportedContract } from './store/reported.ts'
import { snapshotContract } from './store/snapshots.ts'
import { sweepContract } from './store/sweeps.ts'

/** What every store must do, in the words of `src/store/store.ts`. `open` gives an empty store, schema up to date. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`${name} keeps the store contract`, () => {
    lifeContract(open)
    recordContract(open)
    sweepContract(open)
    dossierContract(open)
    linkContract(open)
    derivedContract(open)
    desiredContract(open)
    planContract(open)
    ledgerContract(open)
    historyContract(open)
    reportedContract(open)
    snapshotContract(open)
  })
}
