import { createZone } from '../../platform/zone.ts'
import { acceptRequest, findRequests, refuseRequest } from '../../sync/requests.ts'
import { type CommandSpec, countOption, textOption } from '../command.ts'
import { needMappings, openStoreThatIs } from '../wire.ts'

export const requestsCommand: CommandSpec = {
  name: 'requests',
  summary: 'requests that match no feature, and texts that may be requests and wait for a yes',
  description:
    'List requests that match no feature of the catalogue, with the nearest name, and features that loss reasons, next steps and tickets mention, which count once a person says yes',
  options: [
    ['--yes <id>', 'this text asks for this feature: count it from the next derive on'],
    ['--no <id>', 'it does not: do not ask again'],
    ['--last <count>', 'how many of each to show (50); --json shows all'],
  ],
  examples: ['boardsync requests', 'boardsync requests --yes opportunity:0065g00000KcZ2wAAF:F-17'],
  run: async ({ house, output, options }) => {
    const { mappings } = await needMappings(house, output)
    await using store = await openStoreThatIs(house)
    const ports = { store, model: mappings.model, zone: createZone(mappings.model.timeZone) }
    const [yes, no] = [textOption(options, 'yes'), textOption(options, 'no')]
    if (yes !== undefined || no !== undefined) {
      const accepted = yes === undefined ? null : await acceptRequest(ports, yes)
      const refused = no === undefined ? null : await refuseRequest(ports, no)
      if (accepted !== null) output.say(`${accepted.id} is a request from now on; the next run counts it`)
      if (refused !== null) output.say(`${refused.id} is not asked about again`)
      return { json: { accepted, refused } }
    }
    const report = await findRequests(ports)
    const most = output.json ? Number.POSITIVE_INFINITY : (countOption(options, 'last', 1) ?? 50)
    const { unmatched, possible } = report
    if (unmatched.length === 0) output.say('Every request matches a feature')
    else {
      const [what, are] = unmatched.length === 1 ? ['1 name', 'is'] : [`${unmatched.length} names`, 'are']
      output.say(`${what} that requests ask for ${are} in no catalogue, or may mean several features:`)
      output.table(
        [{ title: 'asked for' }, { title: 'requests', align: 'right' }, { title: 'nearest features' }],
        unmatched.slice(0, most).map((one) => [one.feature, one.count, one.nearest.join(' or ')]),
      )
      output.say('Add them as name or alias of a feature; the next run matches them')
    }
    const texts = possible.length === 1 ? '1 text' : `${possible.length} texts`
    output.say(possible.length === 0 ? 'No text waits for a yes' : `\n${texts} may ask for a feature:`)
    if (possible.length > 0) {
      output.table(
        [{ title: 'id' }, { title: 'mentions' }, { title: 'where' }, { title: 'text' }],
        possible.slice(0, most).map((one) => [one.id, one.name, one.from.field, one.text]),
      )
      output.say('Say boardsync requests --yes <id> or --no <id>')
    }
    return { json: report }
  },
}
