import { type CommandSpec, countOption, unknownName } from '../command.ts'
import { openStoreThatIs } from '../wire.ts'

export const rejectedCommand: CommandSpec = {
  name: 'rejected',
  summary: 'values and records that could not be read, with the reason',
  description: 'List values and records that could not be read, with the reason; the records themselves are kept',
  args: '[source]',
  options: [
    ['--kind <kind>', 'only records of this kind: opportunity, account …'],
    ['--last <count>', 'how many to show (100); --json shows all'],
  ],
  examples: ['boardsync rejected', 'boardsync rejected salesforce --kind opportunity'],
  run: async ({ house, output, args, options }) => {
    const last = countOption(options, 'last', 1) ?? 100
    await using store = await openStoreThatIs(house)
    const source = args[0]
    const sources = [...new Set((await store.streamCounts()).map(({ stream }) => stream.source))]
    if (source !== undefined && !sources.includes(source)) throw unknownName(source, 'source that was read', sources)
    const kind = options.kind
    const filter = { ...(source === undefined ? {} : { source }), ...(typeof kind === 'string' ? { kind } : {}) }
    const most = output.json ? Number.POSITIVE_INFINITY : last
    const shown: object[] = []
    const rows: (string | number | null)[][] = []
    let all = 0
    for await (const page of store.rejections(filter)) {
      all += page.length
      for (const one of page) {
        if (rows.length >= most) break
        rows.push([
          one.source,
          one.kind,
          one.id,
          one.field === '' ? '(record)' : one.field,
          one.from,
          one.value,
          one.reason,
        ])
        shown.push(one)
      }
    }
    if (all === 0) output.say('Nothing is rejected')
    else {
      output.table(
        [
          { title: 'source' },
          { title: 'kind' },
          { title: 'id' },
          { title: 'field' },
          { title: 'from' },
          { title: 'value' },
          { title: 'reason' },
        ],
        rows,
      )
      if (all > rows.length) output.say(`… and ${all - rows.length} more; --last ${all} shows all`)
      output.say(
        'Declare null_values, aliases or a format in the source mapping to accept them; the next pull maps them again without a request',
      )
    }
    return { json: { rejected: shown, count: all } }
  },
}
