import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { formatDay, formatMonth, monthIndexOf, type Zone } from '../../domain/day.ts'
import { type Definition, inForceOn, versionText } from '../../domain/definitions/definitions.ts'
import { Fault } from '../../platform/errors.ts'
import { createZone } from '../../platform/zone.ts'
import { loadCharts } from '../../report/draw-charts.ts'
import { renderHtml } from '../../report/html.ts'
import { makeReport, type Standing } from '../../report/report.ts'
import { SECTIONS } from '../../report/sections.ts'
import { parseMonth } from '../../report/words.ts'
import type { Store } from '../../store/store.ts'
import { reportedAt } from '../../sync/closed-months.ts'
import { readDefinitionLog, readOtherwise } from '../../sync/definition-log.ts'
import { statusOf } from '../../sync/status.ts'
import { readTotalsFacts } from '../../sync/totals-facts.ts'
import { findChromium, printToPdf } from '../chromium.ts'
import { type CommandSpec, textOption } from '../command.ts'
import type { Output } from '../output.ts'
import { type House, needMappings, openStoreThatIs } from '../wire.ts'

/** Months that can be reported on, and as many before them that a report compares with. */
const MONTHS_OFFERED = 24
const MONTHS_COUNTED = MONTHS_OFFERED + 13

export const reportCommand: CommandSpec = {
  name: 'report',
  summary:
    'the month as one HTML file for people: funnel, forecast, waterfall, ARR, buckets, books, leads, use, features, what to build, risk, support',
  description:
    'Write a report of one month as a single HTML file that anybody can open, and as a PDF where Chromium is installed: what is counted, how fresh it is, what is left out and why. Reads the store alone; run plan or sync first',
  options: [
    ['--month <month>', 'the month, such as 2026-11 (this month)'],
    ['--out <folder>', 'the folder to write to (this one)'],
  ],
  examples: ['boardsync report', 'boardsync report --month 2026-10 --out reports'],
  run: async ({ house, output, options }) => {
    const { mappings } = await needMappings(house, output)
    const { model } = mappings
    const zone = createZone(model.timeZone)
    const day = zone.dayOf(house.clock.now())
    const month = monthToReport(textOption(options, 'month'), monthIndexOf(day))
    await using store = await openStoreThatIs(house)
    const counted = await readTotalsFacts(
      { store, model, zone, closedThrough: mappings.closedThrough },
      day,
      MONTHS_COUNTED,
    )
    const definitions = inForceOn(mappings.definitions, day)
    const status = await statusOf(store, mappings, house.clock.now())
    const report = makeReport(
      SECTIONS,
      {
        month,
        day,
        currency: model.currency,
        yearStart: model.yearStart,
        definitions,
        of: (kind) => counted.of(kind),
      },
      (kind) => counted.isCounted(kind),
      {
        ...status,
        timeZone: model.timeZone,
        closed:
          counted.closed === null
            ? null
            : {
                through: formatMonth(counted.closed),
                restatements: counted.restatements().length,
                reported: await readReporting(store, month, definitions, zone),
              },
        isMonthOpen: month === formatMonth(monthIndexOf(day)),
        stale: status.boards.flatMap(({ board, stale }) => (stale === null ? [] : [`Board ${board}: ${stale}.`])),
      },
    )
    const folder = textOption(options, 'out') ?? '.'
    const html = path.join(folder, `boardsync-report-${month}.html`)
    const text = renderHtml(report, await loadCharts())
    write(folder, html, text)
    output.say(`${report.title}: ${html}`)
    const pdf = await writePdf(house, output, html)
    return { json: { month, html, pdf, sections: report.sections.map(({ id }) => id) } }
  },
}

/** When a month was reported, and what was defined otherwise then; `null`: it is not closed. */
async function readReporting(
  store: Store,
  month: string,
  definitions: readonly Definition[],
  zone: Zone,
): Promise<NonNullable<Standing['closed']>['reported']> {
  const at = await reportedAt(store, parseMonth(month) ?? 0)
  if (at === null) return null
  const otherwise = readOtherwise(await readDefinitionLog(store), at, definitions)
  return {
    on: formatDay(zone.dayOf(at)),
    definedOtherwise: otherwise.map((one) => `${one.sentence} (${versionText(one)})`),
  }
}

/** The month to report on; one still to come, or too long ago, is wrong usage. */
function monthToReport(given: string | undefined, current: number): string {
  if (given === undefined) return formatMonth(current)
  const [first, last] = [formatMonth(current - MONTHS_OFFERED + 1), formatMonth(current)]
  const month = parseMonth(given)
  if (month !== undefined && month <= current && month > current - MONTHS_OFFERED) return formatMonth(month)
  throw new Fault('usage', `--month is "${given}"`, {
    blame: 'operator',
    exit: 2,
    hint: `Give --month a month from ${first} to ${last}`,
  })
}

function write(folder: string, file: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
  } catch (error) {
    throw new Fault('not-written', `The report cannot be written to ${file}: ${reasonOf(error)}`, {
      blame: 'operator',
      cause: error,
      hint: 'Give --out a folder that this user may write to',
    })
  }
}

/** The PDF beside an HTML file, where it can be had; a report without one is whole. */
async function writePdf(house: House, output: Output, html: string): Promise<string | null> {
  const pdf = html.replace(/\.html$/, '.pdf')
  // One of an earlier report would pass for this one.
  rmSync(pdf, { force: true })
  const chromium = findChromium(house.env)
  if (chromium === null) {
    output.say('No PDF: Chromium was not found on this machine. Open the file in a browser and print it')
    return null
  }
  try {
    await printToPdf(chromium, html, pdf)
  } catch (error) {
    output.say(`No PDF: ${chromium} could not print it (${reasonOf(error)}). Open the file in a browser and print it`)
    return null
  }
  output.say(`The same for paper: ${pdf}`)
  return pdf
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}
