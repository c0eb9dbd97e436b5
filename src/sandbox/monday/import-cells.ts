import type { Limits } from '../engine/engine.ts'
import { MondayError } from './errors.ts'
import type { DropdownSettings, StatusSettings } from './settings.ts'
import type { ColumnRow, MondayState } from './state.ts'

/** A cell of an import file in the form that `column_values` take; `undefined` keeps what is there. */
export function importedValue(column: ColumnRow, text: string, state: MondayState): unknown {
  if (text === '') return undefined
  if (text === '<NULL>') return null
  switch (column.type) {
    case 'status': {
      // Unlike in `column_values`, a label that is a number is a label; case counts.
      const found = (column.settings as StatusSettings).labels.find((label) => label.label === text)
      if (found === undefined) throw refused(column, `label "${text}" does not exist`)
      return { index: found.id }
    }
    case 'dropdown': {
      const { labels } = column.settings as DropdownSettings
      const ids = text.split(',').map((part) => labels.find((label) => label.label === part.trim())?.id)
      if (ids.includes(undefined)) throw refused(column, `label "${text}" does not exist`)
      return { ids }
    }
    case 'people':
      return {
        personsAndTeams: text.split(',').map((part) => ({ id: userId(column, part.trim(), state), kind: 'person' })),
      }
    case 'checkbox':
      if (text !== 'true' && text !== 'false') throw refused(column, 'a checkbox is true or false')
      return text === 'true' ? { checked: 'true' } : null
    case 'link': {
      const [, words, url] = /^\[(.*)\]\((\S+)\)$/.exec(text) ?? [undefined, text, text]
      return { url, text: words }
    }
    case 'email': {
      const [, words, email] = /^(.*) <(\S+)>$/.exec(text) ?? [undefined, text, text]
      return { email, text: words }
    }
    case 'timeline': {
      const [from, to] = text.split('/')
      return { from, to }
    }
    default:
      return text
  }
}

function userId(column: ColumnRow, who: string, state: MondayState): number {
  const byId = /^user:(\d+)$/.exec(who)?.[1]
  const user =
    byId === undefined
      ? state.get<{ id: number }>('SELECT id FROM monday_users WHERE email = ?', who)
      : state.user(Number(byId))
  if (user === undefined) throw refused(column, `no user "${who}"`)
  return user.id
}

function refused(column: ColumnRow, problem: string): MondayError {
  return new MondayError('ColumnValueException', `Column "${column.id}": ${problem}`)
}

/** Column types that a file may have, of those the sandbox serves. */
export function importableTypes(limits: Limits): ReadonlySet<string> {
  const always = [
    'text',
    'long_text',
    'numbers',
    'status',
    'dropdown',
    'date',
    'people',
    'link',
    'name',
    'email',
    'timeline',
  ]
  return new Set(limits.get('monday.importTakesCheckbox') > 0 ? [...always, 'checkbox'] : always)
}

/** Column types that UPSERT can match on. */
export const MATCH_TYPES: ReadonlySet<string> = new Set([
  'date',
  'email',
  'link',
  'long_text',
  'name',
  'numbers',
  'phone',
  'status',
  'text',
])
