import { boardContract } from '../../contract/board-contract.ts'
import { importContract } from '../../contract/import-contract.ts'
import { openMonday } from './account.ts'

boardContract('MondayHost', () => openMonday())
boardContract('MondayHost, as monday may be at its worst,', () => openMonday({ reading: 'pessimistic' }))
importContract('MondayHost', () => openMonday({ speed: 600 }))
importContract('MondayHost, as monday may be at its worst,', () => openMonday({ speed: 600, reading: 'pessimistic' }))
