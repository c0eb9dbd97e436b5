import { type Cell, labelOf } from './cells.ts'
import { colorById } from './colors.ts'
import type { NumbersSettings } from './settings.ts'
import type { BoardRow, ColumnRow, GroupRow, ItemRow, MondayState, WorkspaceRow } from './state.ts'

/** How many items of a group are drawn; the rest is a line that says how many there are. */
const ITEMS_SHOWN = 200

/** A board as a person sees it, as one page that needs nothing else; `null` when there is none. */
export function boardPage(state: MondayState, id: number): string | null {
  const board = state.board(id)
  if (board === undefined) return null
  const columns = state.columns(board.id).filter((column) => column.type !== 'name')
  const groups = state.groups(board.id)
  const size = `${count(board.active_items, 'item')} in ${count(groups.length, 'group')}`
  const about = board.description === null ? size : `${size} &middot; ${html(board.description)}`
  const body = `
    <nav><a href="/boards">Boards</a> <span>/</span> ${html(workspaceName(state, board))}</nav>
    <h1>${html(board.name)}${board.state === 'active' ? '' : ` <small>${board.state}</small>`}</h1>
    <p class="about">${about}</p>
    ${groups.map((group) => groupTable(state, columns, group)).join('\n')}`
  return document(board.name, body)
}

/** The list of all boards, each with a link to its page. */
export function boardsPage(state: MondayState): string {
  const boards = state.all<BoardRow>(`SELECT * FROM monday_boards WHERE state = 'active' ORDER BY id`)
  const rows = boards.map((board) => {
    const about = `${count(board.active_items, 'item')} &middot; ${html(workspaceName(state, board))}`
    return `<li><a href="/boards/${board.id}">${html(board.name)}</a> <span>${about}</span></li>`
  })
  const list =
    rows.length === 0 ? '<p class="about">There are no boards yet.</p>' : `<ul class="boards">${rows.join('')}</ul>`
  return document('Boards', `<h1>Boards</h1>${list}`)
}

function workspaceName(state: MondayState, board: BoardRow): string {
  const workspace = state.get<WorkspaceRow>('SELECT * FROM monday_workspaces WHERE id = ?', board.workspace_id)
  return workspace?.name ?? ''
}

function groupTable(state: MondayState, columns: readonly ColumnRow[], group: GroupRow): string {
  const items = state.itemsAfter(group.board_id, group.id, 0, ITEMS_SHOWN)
  const total = groupSize(state, group)
  const head = columns.map((column) => `<th class="${column.type}">${html(column.title)}</th>`).join('')
  const rows = items.map((item) => itemRow(state, columns, item)).join('\n')
  const hidden = total - items.length
  const more =
    hidden > 0 ? `<tr class="more"><td colspan="${columns.length + 1}">&hellip; ${number(hidden)} more</td></tr>` : ''
  const sums = columns.map((column) => `<td class="${column.type}">${groupSum(state, group, column)}</td>`).join('')
  const hasSums = total > 0 && columns.some((column) => column.type === 'numbers')
  const foot = hasSums ? `<tfoot><tr><td class="name"></td>${sums}</tr></tfoot>` : ''
  return `<section style="--bar:${html(group.color)}">
    <h2>${html(group.title)} <span>${count(total, 'item')}</span></h2>
    <div class="scroll"><table><thead><tr><th class="name">Item</th>${head}</tr></thead>
    <tbody>${rows}${more}</tbody>${foot}</table></div></section>`
}

function groupSize(state: MondayState, group: GroupRow): number {
  const row = state.get<{ n: number }>(
    `SELECT count(*) AS n FROM monday_items WHERE board_id = ? AND group_id = ? AND state = 'active'`,
    group.board_id,
    group.id,
  )
  return row?.n ?? 0
}

/** Sum of a numbers column over all items of the group, drawn or not. */
function groupSum(state: MondayState, group: GroupRow, column: ColumnRow): string {
  if (column.type !== 'numbers') return ''
  const row = state.get<{ sum: number | null }>(
    `SELECT sum(CAST(json_extract(cells, ?) AS REAL)) AS sum FROM monday_items
     WHERE board_id = ? AND group_id = ? AND state = 'active'`,
    `$."${column.id}".number`,
    group.board_id,
    group.id,
  )
  return row?.sum == null ? '' : `<b>${withUnit(column, number(row.sum))}</b><i>sum</i>`
}

function itemRow(state: MondayState, columns: readonly ColumnRow[], item: ItemRow): string {
  const cells = columns.map((column) => cellTag(state, column, item.cells[column.id])).join('')
  return `<tr><td class="name">${html(item.name)}</td>${cells}</tr>`
}

function cellTag(state: MondayState, column: ColumnRow, cell: Cell | undefined): string {
  switch (column.type) {
    case 'status': {
      const label = labelOf(column, cell)
      const color = colorById(label?.color ?? 5)
      const text = label?.label ?? ''
      return `<td class="status" style="background:${color.hex}">${html(text)}</td>`
    }
    case 'numbers':
      return `<td class="numbers">${cell?.type === 'numbers' ? withUnit(column, number(Number(cell.number))) : ''}</td>`
    case 'people': {
      const people = cell?.type === 'people' ? cell.people : []
      return `<td class="people">${people.map((person) => chip(state.userName(person.id) ?? '')).join('')}</td>`
    }
    case 'dropdown':
      return `<td class="dropdown">${state
        .text(column, cell)
        .split(', ')
        .filter((label) => label !== '')
        .map((label) => `<span class="tag">${html(label)}</span>`)
        .join('')}</td>`
    case 'checkbox':
      return `<td class="checkbox">${cell === undefined ? '' : '&#10003;'}</td>`
    case 'link':
      return `<td class="link">${cell?.type === 'link' ? linkTag(cell.url, cell.text) : ''}</td>`
    default:
      return `<td class="${column.type}">${html(state.text(column, cell))}</td>`
  }
}

function chip(name: string): string {
  const initials = name
    .split(/\s+/)
    .map((word) => word.charAt(0))
    .slice(0, 2)
    .join('')
  return `<span class="person"><span class="face">${html(initials)}</span>${html(name)}</span>`
}

/** Only web addresses become links; anything else a cell holds is shown as text. */
function linkTag(url: string, text: string): string {
  const shown = html(text === '' ? url : text)
  return /^https?:\/\//i.test(url) ? `<a href="${html(url)}" rel="noreferrer">${shown}</a>` : shown
}

const SYMBOLS: Readonly<Record<string, string>> = { dollar: '$', euro: '€', pound: '£', yen: '¥', percent: '%' }

function withUnit(column: ColumnRow, text: string): string {
  const { unit } = column.settings as NumbersSettings
  if (unit?.symbol === undefined) return text
  const symbol = html(unit.symbol === 'custom' ? (unit.custom_unit ?? '') : (SYMBOLS[unit.symbol] ?? unit.symbol))
  return unit.direction === 'right' ? `${text}${symbol}` : `${symbol}${text}`
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 })
}

function count(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? '' : 's'}`
}

function html(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.codePointAt(0)};`)
}

function document(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`
}

const STYLE = `
:root{color-scheme:light;--line:#d0d4e4;--ink:#323338;--soft:#676879}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:var(--ink);font:14px/1.4 Figtree,Roboto,"Segoe UI",system-ui,-apple-system,"Helvetica Neue",Arial,sans-serif}
main{padding:20px 32px 48px}
nav{color:var(--soft);font-size:13px}
a{color:#0073ea;text-decoration:none}
a:hover{text-decoration:underline}
h1{margin:6px 0 2px;font-size:26px;font-weight:600;letter-spacing:-.2px}
h1 small{font-size:13px;color:#fff;background:#676879;border-radius:4px;padding:2px 8px;vertical-align:middle}
.about{margin:0 0 22px;color:var(--soft)}
section{margin:0 0 30px}
h2{margin:0 0 8px;font-size:17px;font-weight:600;color:var(--bar)}
h2 span{margin-left:8px;font-size:13px;font-weight:400;color:var(--soft)}
.scroll{overflow-x:auto;padding-bottom:2px}
table{border-collapse:separate;border-spacing:0;min-width:60%;font-variant-numeric:tabular-nums}
th,td{height:36px;padding:0 12px;border-bottom:1px solid var(--line);border-right:1px solid var(--line);white-space:nowrap;max-width:320px;overflow:hidden;text-overflow:ellipsis;text-align:center}
th{height:34px;font-weight:400;color:var(--soft);border-top:1px solid var(--line)}
.name{position:sticky;left:0;z-index:1;min-width:300px;max-width:420px;text-align:left;background:#fff;border-left:6px solid var(--bar)}
thead .name{border-top-left-radius:6px}
tbody tr:last-child .name{border-bottom-left-radius:6px}
tbody tr:hover td:not(.status){background:#f5f6f8}
td.text,td.long_text,td.link{text-align:left}
td.numbers,th.numbers{text-align:right}
td.status{min-width:130px;color:#fff;border-color:#fff}
td.checkbox{color:#00854d;font-weight:700}
.person{display:inline-flex;align-items:center;gap:6px;margin:0 3px}
.face{display:inline-grid;place-items:center;width:24px;height:24px;border-radius:50%;background:#5559df;color:#fff;font-size:10px;font-weight:600}
.tag{display:inline-block;margin:0 2px;padding:1px 8px;border-radius:4px;background:#e7e9ef}
tr.more td{position:static;text-align:left;color:var(--soft);border-left:6px solid var(--bar)}
tfoot td{height:44px;border:0;line-height:1.15}
tfoot .name{border-left:6px solid transparent}
tfoot td.numbers{border:1px solid var(--line);border-top:0;border-radius:0 0 4px 4px}
tfoot b{display:block;font-weight:500}
tfoot i{display:block;font-style:normal;font-size:11px;color:var(--soft)}
.boards{list-style:none;margin:16px 0;padding:0;max-width:640px}
.boards li{display:flex;justify-content:space-between;padding:12px 4px;border-bottom:1px solid var(--line)}
.boards a{font-weight:500;font-size:15px}
.boards span{color:var(--soft)}
`
