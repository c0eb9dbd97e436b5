import type { Link } from '../../store/store.ts'
import { type CommandSpec, countOption } from '../command.ts'
import { linkToJson, wordsForLink } from '../say-findings.ts'
import { openStoreThatIs } from '../wire.ts'

export const identityCommand: CommandSpec = {
  name: 'identity',
  summary: 'accounts that several sources hold: how many are one, and which nobody can tell apart',
  description:
    'Show how many accounts of several sources were found to be one, and list those with several candidates; or why one account stands for another',
  args: '[account]',
  options: [['--last <count>', 'how many to show (100); --json shows all']],
  examples: ['boardsync identity', 'boardsync identity w-17'],
  run: async ({ house, output, args, options }) => {
    await using store = await openStoreThatIs(house)
    const [id] = args
    if (id !== undefined) {
      const [link] = await store.links('account', [id])
      output.say(link === undefined ? `${id} stands for itself` : wordsForLink(link))
      return { json: { account: id, link: link === undefined ? null : linkToJson(link) } }
    }
    const { linked, open } = await store.linkCounts()
    const ids = linked === 1 ? '1 id of an account stands' : `${linked} ids of accounts stand`
    output.say(`${ids} for an account of another source; ${open} ${open === 1 ? 'has' : 'have'} several candidates`)
    const most = output.json ? Number.POSITIVE_INFINITY : (countOption(options, 'last', 1) ?? 100)
    const shown: Link[] = []
    for await (const page of store.openLinks()) shown.push(...page.slice(0, Math.max(0, most - shown.length)))
    for (const link of shown) output.say(wordsForLink(link))
    if (open > 0) {
      if (open > shown.length) output.say(`… and ${open - shown.length} more; --last ${open} shows all`)
      output.say('Say in mappings/identity.yaml which are the same, or which are different; the next run follows it')
    }
    return { json: { linked, open, conflicts: shown.map(linkToJson) } }
  },
}
