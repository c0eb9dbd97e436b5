import { boardContract } from '../../contract/board-contract.ts'
import { openMonday } from './account.ts'

boardContract('MondayHost', () => openMonday())
boardContract('MondayHost, as monday may be at its worst,', () => openMonday({ reading: 'pessimistic' }))
