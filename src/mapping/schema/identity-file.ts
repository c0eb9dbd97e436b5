import * as z from 'zod'
import { say } from '../say.ts'

const AccountText = z.string().regex(/^[^/\s][^/]*\/.+$/, {
  error: 'must be a source, a slash and its id of the account, such as salesforce/001f4000003NkdYAAS',
})
const pairs = (description: string) =>
  say(z.array(z.tuple([AccountText, AccountText])).default([]), description, {
    example: ['salesforce/001f4000003NkdYAAS', 'usage/w-17'],
  })

export const IdentityFile = z
  .strictObject({
    order: say(
      z.array(z.string()).default([]),
      'Sources in the order in which their accounts lead: the values of the first win, the others fill its gaps.',
      { example: ['salesforce', 'usage'] },
    ),
    same: pairs('Accounts that are one company, whatever the rules of the source mappings find.'),
    different: pairs('Accounts that are two companies, whatever those rules find.'),
  })
  .meta({
    title: 'Identity',
    description: 'The file `identity.yaml`: which accounts of several sources are one company.',
  })
export type IdentityFile = z.output<typeof IdentityFile>
