import { statusOf } from '../../sync/status.ts'
import type { CommandSpec } from '../command.ts'
import { needMappings, openStoreThatIs } from '../wire.ts'

export const statusCommand: CommandSpec = {
  name: 'status',
  summary: 'where sources and boards stand: records, when read and swept, items, what is rejected, refused or open',
  description:
    'Show where everything stands: records per source, items per board, what is rejected, refused or in doubt',
  run: async ({ house, output }) => {
    const { mappings } = await needMappings(house, output)
    await using store = await openStoreThatIs(house)
    const status = await statusOf(store, mappings, house.clock.now())
    output.table(
      [
        { title: 'source' },
        { title: 'object' },
        { title: 'mapped' },
        { title: 'rejected' },
        { title: 'deleted' },
        { title: 'rejected values' },
        { title: 'last read', align: 'left' },
        { title: 'last swept', align: 'left' },
      ],
      status.sources.map((one) => [
        one.source,
        one.object,
        one.mapped,
        one.rejected,
        one.deleted,
        one.rejectedValues,
        one.lastRead,
        one.lastSwept,
      ]),
    )
    output.say('')
    output.table(
      [
        { title: 'board' },
        { title: 'desired' },
        { title: 'on the board' },
        { title: 'Left' },
        { title: 'to plan' },
        { title: 'refused' },
        { title: 'last read whole', align: 'left' },
      ],
      status.boards.map((one) => [
        one.board,
        one.desired,
        one.items,
        one.left,
        one.listed,
        one.refused,
        one.lastReread,
      ]),
    )
    for (const { board, stale } of status.boards) {
      if (stale !== null) output.say(`${output.colors.yellow('!')} ${board} is stale: ${stale}`)
    }
    if (status.findings.length > 0) {
      output.say('\nFor a person to look at:')
      output.table(
        [{ title: 'what', align: 'left' }, { title: 'count' }, { title: 'for example', align: 'left' }],
        status.findings.map((one) => [one.code, one.count, one.example]),
      )
    }
    const { usage, identity } = status
    if (usage.pointsWithoutAccount > 0) {
      const share = ((100 * usage.eventsWithoutAccount) / Math.max(1, usage.events)).toFixed(1)
      output.say(
        `\n${usage.pointsWithoutAccount} of ${usage.points} points of usage, ${share} % of events, are of no account that is known`,
      )
    }
    if (identity.open > 0)
      output.say(`\n${identity.open} accounts may be one of several others and are not matched: boardsync identity`)
    if (status.openRequests > 0)
      output.say(
        `\n${status.openRequests} requests to the boards have an outcome that is not known yet; the next run finds out`,
      )
    for (const lease of status.leases) output.say(`At work now: ${lease.name}`)
    if (status.dirty > 0) output.say(`${status.dirty} dossiers wait to be derived`)
    return { json: status }
  },
}
