import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findChromium, printToPdf } from '../../src/cli/chromium.ts'
import { type DrawChart, loadCharts } from '../../src/report/draw-charts.ts'
import { renderHtml } from '../../src/report/html.ts'
import { makeReport } from '../../src/report/report.ts'
import { SECTIONS } from '../../src/report/sections.ts'
import { isThorough } from '../thorough.ts'
import { ALL, STANDING } from './small-facts.ts'

const report = makeReport(SECTIONS, ALL, () => true, STANDING)
let draw: DrawChart
let html: string

beforeAll(async () => {
  draw = await loadCharts()
  // The library complains on standard output, where --json has one object.
  const complaints = vi.spyOn(console, 'log')
  html = renderHtml(report, draw)
  expect(complaints).not.toHaveBeenCalled()
}, 120_000)

const VOID = ['meta']

/** Every opening tag, in order; throws where tags do not close as they opened. */
function tagsOf(text: string): { readonly name: string; readonly attributes: string }[] {
  const open: string[] = []
  const tags: { name: string; attributes: string }[] = []
  const body = text.replace(/^<!DOCTYPE html>/, '').replace(/<style>[^<]*<\/style>/, '')
  for (const [, closing, name = '', attributes = '', selfClosing] of body.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/g,
  )) {
    if (closing === '/') {
      const last = open.pop()
      if (last !== name) throw new Error(`</${name}> closes <${last}>`)
      continue
    }
    tags.push({ name, attributes })
    if (selfClosing !== '/' && !VOID.includes(name)) open.push(name)
  }
  if (open.length > 0) throw new Error(`Not closed: ${open.join(', ')}`)
  return tags
}

test('every tag closes as it opened, and what is not a tag is escaped', () => {
  expect(tagsOf(html).length).toBeGreaterThan(100)
  const between = html.replace(/<style>[^<]*<\/style>/, '').replace(/<(?:!DOCTYPE html|\/?[a-zA-Z][^<>]*)>/g, '')
  expect(between).not.toMatch(/[<>]|&(?!#\d+;|amp;|lt;|gt;|quot;)/)
  expect(html).toContain('Opportunity &#60;&#38;&#62; &#34;quoted&#34;')
})

test('the file loads nothing and runs nothing', () => {
  expect(html).not.toMatch(/https?:|\/\/[a-z]|url\((?!#)|@import|javascript:/i)
  const tags = tagsOf(html)
  const names = new Set(tags.map(({ name }) => name))
  for (const banned of ['script', 'link', 'img', 'iframe', 'object', 'embed', 'form'])
    expect(names).not.toContain(banned)
  for (const { attributes } of tags) expect(attributes).not.toMatch(/\s(on\w+|src|srcset|xlink:href)=/)
  for (const [, target] of html.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/)
})

test('it has a language, headings in order, and a link to each section', () => {
  expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">/)
  const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level))
  expect(levels[0]).toBe(1)
  expect(levels.filter((level) => level === 1)).toHaveLength(1)
  levels.forEach((level, i) => {
    expect(level).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1)
  })
  for (const { id } of report.sections) {
    expect(html).toContain(`href="#${id}"`)
    expect(html).toContain(`<section id="${id}"`)
  }
})

test('ids are there once', () => {
  const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
})

test('tables have a caption, a header for each column and one for each row', () => {
  const tables = html.match(/<table>[\s\S]*?<\/table>/g) ?? []
  expect(tables).toHaveLength(report.sections.flatMap((section) => section.tables).length)
  for (const table of tables) {
    expect(table).toContain('<caption>')
    expect(table.match(/<th scope="col">/g)?.length).toBeGreaterThan(1)
    expect(table.match(/<th scope="row">/g)?.length).toBe((table.match(/<tr>/g)?.length ?? 0) - 1)
  }
})

test('each picture says what it shows', () => {
  const titles = [...html.matchAll(/<svg [^>]*role="img"[^>]*><title [^>]*>([^<]+)<\/title>/g)].map(
    ([, title]) => title,
  )
  expect(titles).toHaveLength(report.sections.flatMap((section) => section.charts).length)
  expect(titles).toContain('All open pipeline from start to end of March 2026, ARR in USD')
})

test('the same facts give the same file, whatever was drawn before', () => {
  expect(renderHtml(report, draw)).toBe(html)
})

const chromium = findChromium(process.env)

test.skipIf(chromium === null)(
  `in a browser it is read without an error and fits a phone${chromium === null ? ' (skipped: no Chromium on this machine)' : ''}`,
  async () => {
    const { chromium: browsers } = await import('playwright-core')
    const browser = await browsers.launch({
      executablePath: chromium as string,
      args: ['--no-sandbox', '--disable-gpu'],
    })
    try {
      const page = await browser.newPage({ viewport: { width: 390, height: 800 } })
      const said: string[] = []
      page.on('console', (message) => said.push(message.text()))
      page.on('request', (request) => said.push(request.url()))
      await page.setContent(html)
      expect(await page.getByRole('heading', { level: 2 }).count()).toBe(report.sections.length)
      expect(await page.getByRole('img').count()).toBe(report.sections.flatMap((section) => section.charts).length)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
      expect(said).toEqual([])
    } finally {
      await browser.close()
    }
  },
  60_000,
)

const folder = mkdtempSync(path.join(tmpdir(), 'boardsync-report-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.skipIf(chromium === null || !isThorough)(
  `it prints to a PDF${chromium === null ? ' (skipped: no Chromium on this machine)' : ''}`,
  async () => {
    const [from, to] = [path.join(folder, 'report.html'), path.join(folder, 'report.pdf')]
    writeFileSync(from, html)
    await printToPdf(chromium as string, from, to)
    expect(existsSync(to) && statSync(to).size).toBeGreaterThan(10_000)
  },
  90_000,
)

test('a machine without Chromium is told from one with it', () => {
  expect(findChromium({ PATH: folder })).toBe(findChromium({ PATH: '' }))
  writeFileSync(path.join(folder, 'chromium'), '')
  expect(findChromium({ PATH: folder })).toBe(path.join(folder, 'chromium'))
})
