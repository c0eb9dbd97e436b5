import { type DrawChart, escapeText } from './draw-charts.ts'
import type { Report, Section } from './report.ts'
import type { Table, Term } from './section.ts'

/** The report as one HTML file that loads and runs nothing. */
export function renderHtml({ title, notes, sections }: Report, draw: DrawChart): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeText(title)}</h1>
${notes.map(paragraph).join('\n')}
</header>
<nav aria-label="Sections">
<ul>
${sections.map((one) => `<li><a href="#${one.id}">${escapeText(one.title)}</a></li>`).join('\n')}
</ul>
</nav>
<main>
${sections.map((section) => sectionHtml(section, draw)).join('\n')}
</main>
</body>
</html>
`
}

function sectionHtml(section: Section, draw: DrawChart): string {
  const { id, title, question, sentences, charts, tables, terms, definitions } = section
  return [
    `<section id="${id}" aria-labelledby="${id}-heading">`,
    `<h2 id="${id}-heading">${escapeText(title)}</h2>`,
    ...(question === null ? [] : [`<p class="question">${escapeText(question)}</p>`]),
    ...sentences.map(paragraph),
    ...charts.map(
      (chart, i) =>
        `<figure>\n<figcaption>${escapeText(chart.title)}</figcaption>\n${draw(chart, `${id}-chart-${i + 1}`)}\n</figure>`,
    ),
    ...tables.map(tableHtml),
    ...(definitions.length === 0
      ? []
      : [`<h3>What we have agreed on</h3>\n<dl>\n${definitions.map(termHtml).join('\n')}\n</dl>`]),
    ...(terms.length === 0 ? [] : [`<h3>What the words mean</h3>\n<dl>\n${terms.map(termHtml).join('\n')}\n</dl>`]),
    '</section>',
  ].join('\n')
}

function tableHtml({ caption, columns, rows }: Table): string {
  return `<div class="table" tabindex="0" role="region" aria-label="${escapeText(caption)}">
<table>
<caption>${escapeText(caption)}</caption>
<thead>
<tr>${columns.map((column) => `<th scope="col">${escapeText(column)}</th>`).join('')}</tr>
</thead>
<tbody>
${rows.map(([head = '', ...cells]) => `<tr><th scope="row">${escapeText(head)}</th>${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join('')}</tr>`).join('\n')}
</tbody>
</table>
</div>`
}

function termHtml({ name, meaning, formula }: Term): string {
  const how = formula === null ? '' : ` <span class="formula">Computed: ${escapeText(formula)}</span>`
  return `<dt>${escapeText(name)}</dt>\n<dd>${escapeText(meaning)}${how}</dd>`
}

function paragraph(text: string): string {
  return `<p>${escapeText(text)}</p>`
}

const STYLE = `
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .25rem; border-top: 2px solid #1a1a1a; padding-top: .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p { margin: .4rem 0; max-width: 46rem; }
header p { color: #444; }
.question { font-style: italic; color: #444; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; }
a { color: #005a8f; }
figure { margin: 1.25rem 0; }
figcaption, caption { font-weight: 600; text-align: left; padding: .25rem 0; }
svg { display: block; width: 100%; height: auto; }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #ccc; text-align: right; vertical-align: top; }
thead th { vertical-align: bottom; border-bottom: 1px solid #1a1a1a; }
th:first-child { text-align: left; font-weight: 500; min-width: 4.2rem; }
#sources td, #not-counted td { text-align: left; }
dl { font-size: .85rem; margin: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .4rem 1rem; }
.formula { color: #555; }
@media print {
  @page { size: A4; margin: 14mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  section { break-before: page; }
  #not-counted { break-before: auto; }
  figure, tr, dt, h2, h3 { break-inside: avoid; }
  h2, h3, dt, caption { break-after: avoid; }
  .table { overflow: visible; }
  table { font-size: 7.5pt; width: 100%; }
  th, td { padding: .15rem .3rem; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
