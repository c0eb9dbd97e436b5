import type { Finding } from '../../domain/facts.ts'
import { FINDINGS, type FindingCode } from '../../domain/findings.ts'
import type { Store } from '../../store/store.ts'
import { readFindings, statusOf } from '../../sync/status.ts'
import { type CommandSpec, textOption, unknownName } from '../command.ts'
import type { CommandResult, Output } from '../output.ts'
import { sayFindings } from '../say-findings.ts'
import { needMappings, openStoreThatIs } from '../wire.ts'

export const statusCommand: CommandSpec = {
  name: 'status',
  summary: 'where sources and boards stand: records, when read and swept, items, what is rejected, refused or open',
  description:
    'Show where everything stands: records per source, items per board, what is rejected, refused or in doubt',
  options: [['--list <what>', 'every record of one line of what a person should look at: no-account …']],
  examples: ['boardsync status', 'boardsync status --list no-account'],
  run: async ({ house, output, options }) => {
    const { mappings } = await needMappings(house, output)
    await using store = await openStoreThatIs(house)
    const listed = textOption(options, 'list')
    if (listed !== undefined) return listFindings(output, store, listed)
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
    sayFindings(output, status)
    if (status.openRequests > 0)
      output.say(
        `\n${status.openRequests} requests to the boards have an outcome that is not known yet; the next run finds out`,
      )
    for (const lease of status.leases) output.say(`At work now: ${lease.name}`)
    if (status.dirty > 0) output.say(`${status.dirty} dossiers wait to be derived`)
    return { json: status }
  },
}

async function listFindings(output: Output, store: Store, code: string): Promise<CommandResult> {
  const codes = Object.keys(FINDINGS)
  if (!codes.includes(code)) throw unknownName(code, 'kind of finding', codes)
  const own: Finding[] = []
  for await (const finding of readFindings(store)) if (finding.code === code) own.push(finding)
  if (own.length === 0) output.say(`Nothing is found under ${code}`)
  else output.say(FINDINGS[code as FindingCode])
  for (const { kind, id, detail } of own) output.say(`${kind} ${id} ${detail}`)
  return { json: { code, findings: own } }
}
