import type { ColumnType } from '../board.ts'

/** Types whose cell is one object that says all: neither labels nor people are looked up for it. */
export type ShapedType = Extract<
  ColumnType,
  'email' | 'phone' | 'country' | 'location' | 'rating' | 'timeline' | 'week' | 'hour' | 'world_clock'
>

/** Canonical text, never empty, as monday wants it in `column_values`. Text of another shape goes as it is, to be refused. */
export function encodeShaped(type: ShapedType, text: string): unknown {
  const [first, rest] = atFirst(text, type === 'timeline' || type === 'week' ? '/' : ' ')
  switch (type) {
    // Words in place of the address would hide it from look-ups, which compare what is shown.
    case 'email':
      return { email: first, text: rest === '' ? first : rest }
    case 'phone':
      return { phone: first, countryShortName: rest }
    case 'country':
      return { countryCode: text, countryName: countryName(text) }
    case 'location': {
      const [lat, lng] = atFirst(first, ',')
      return rest === '' ? { lat, lng } : { lat, lng, address: rest }
    }
    case 'rating':
      return { rating: Number(text) }
    case 'timeline':
      return { from: first, to: rest }
    case 'week':
      return { week: { startDate: first, endDate: rest } }
    case 'hour': {
      const [hour, minute] = atFirst(text, ':')
      return { hour: Number(hour), minute: Number(minute) }
    }
    case 'world_clock':
      return { timezone: text }
  }
}

type Value = Readonly<Record<string, unknown>>

/** What monday reads back, as canonical text; empty where the value lacks what makes a cell of this type. */
export function decodeShaped(type: ShapedType, value: Value, decimal: (text: string) => string): string {
  const part = (name: string) => textOf(value[name])
  switch (type) {
    case 'email': {
      const words = part('text')
      return words === '' || words === part('email') ? part('email') : `${part('email')} ${words}`.trim()
    }
    case 'phone':
      return joined(part('phone'), ' ', part('countryShortName'))
    case 'country':
      return part('countryCode')
    case 'location':
      return part('lat') === ''
        ? part('address')
        : joined(`${decimal(part('lat'))},${decimal(part('lng'))}`, ' ', part('address'))
    case 'rating':
      return part('rating') === '0' ? '' : part('rating')
    case 'timeline':
      return joined(part('from'), '/', part('to'))
    case 'week': {
      const week = (typeof value['week'] === 'object' && value['week'] !== null ? value['week'] : value) as Value
      return joined(textOf(week['startDate']), '/', textOf(week['endDate']))
    }
    case 'hour':
      return part('hour') === '' ? '' : `${part('hour').padStart(2, '0')}:${part('minute').padStart(2, '0')}`
    case 'world_clock':
      return part('timezone')
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

function joined(first: string, by: string, rest: string): string {
  return rest === '' ? first : `${first}${by}${rest}`
}

function atFirst(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)]
}

let names: Intl.DisplayNames | undefined

/** A text that is no code is its own name: monday then says what it takes. */
function countryName(code: string): string {
  names ??= new Intl.DisplayNames(['en'], { type: 'region' })
  return /^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code
}
