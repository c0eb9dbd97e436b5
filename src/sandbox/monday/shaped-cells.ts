import { isRecord } from './settings.ts'

type Value = Readonly<Record<string, unknown>>

/** How cells of one type are taken, kept and shown; cells whose value is one object. */
interface Shape {
  readonly typename: string
  /** What `column_values` asks for as what is kept, `null` for a clear, `undefined` for what monday would refuse. */
  take(value: Value): Value | null | undefined
  /** The parts of the plain text that simple writes use, as an object that `take` reads; none: simple writes are refused. */
  readonly simple?: (text: string) => Value
  text(value: Value): string
  /** Fields of the typed fragment, of an empty cell too. */
  fields(value: Value): Readonly<Record<string, unknown>>
  /** Whether `items_page_by_column_values` finds it; by what, if not by its text. */
  readonly term?: (value: Value) => string
}

const CHARS = 255

/** Types of column whose cell is one object, by type. Value shapes as the API's own write formats, with `changed_at`. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  email: {
    typename: 'EmailValue',
    take: ({ email, text }) => {
      if (email === '' || email === null) return null
      if (typeof email !== 'string' || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) || email.length > CHARS)
        return undefined
      return typeof (text ?? '') === 'string' ? { email, text: text || email } : undefined
    },
    simple: (text) => {
      const [email = '', ...words] = text.trim().split(' ')
      return { email, text: words.join(' ') }
    },
    text: (value) => text(value.text),
    fields: ({ email, text: label }) => ({ email: email ?? null, label: label ?? null }),
    term: (value) => text(value.text),
  },
  phone: {
    typename: 'PhoneValue',
    take: ({ phone, countryShortName: country }) => {
      if (phone === '' || phone === null) return null
      if (typeof phone !== 'string' || !/^\+?[\d\s().-]{3,25}$/.test(phone)) return undefined
      return typeof country === 'string' && isRegion(country) ? { phone, countryShortName: country } : undefined
    },
    simple: (text) => {
      const [phone = '', countryShortName = ''] = text.trim().split(' ')
      return { phone, countryShortName }
    },
    text: (value) => text(value.phone),
    fields: ({ phone, countryShortName }) => ({ phone: phone ?? null, country_short_name: countryShortName ?? null }),
    term: (value) => text(value.phone),
  },
  country: {
    typename: 'CountryValue',
    take: ({ countryCode: code, countryName: name }) => {
      if (typeof code !== 'string' || !isRegion(code)) return undefined
      return typeof (name ?? '') === 'string' ? { countryCode: code, countryName: name || code } : undefined
    },
    simple: (text) => {
      const [countryCode = '', ...name] = text.trim().split(' ')
      return { countryCode, countryName: name.join(' ') }
    },
    text: (value) => text(value.countryName),
    fields: ({ countryCode: code, countryName: name }) => ({ country: code === undefined ? null : { code, name } }),
    term: (value) => text(value.countryName),
  },
  location: {
    typename: 'LocationValue',
    take: ({ lat, lng, address }) => {
      if (!isDegrees(lat, 90) || !isDegrees(lng, 180) || typeof (address ?? '') !== 'string') return undefined
      return { lat: String(lat), lng: String(lng), address: address ?? '' }
    },
    simple: (text) => {
      const [lat, lng, ...address] = text.trim().split(' ')
      return { lat, lng, address: address.join(' ') }
    },
    text: (value) => text(value.address),
    fields: ({ lat, lng, address }) => ({
      lat: lat === undefined ? null : Number(lat),
      lng: lng === undefined ? null : Number(lng),
      address: address ?? null,
      ...Object.fromEntries(PARTS_OF_ADDRESS.map((name) => [name, null])),
    }),
  },
  rating: {
    typename: 'RatingValue',
    take: ({ rating }) => {
      const stars = Number(rating)
      if (!Number.isInteger(stars) || stars < 0 || stars > 5) return undefined
      return stars === 0 ? null : { rating: stars }
    },
    simple: (text) => ({ rating: text }),
    text: (value) => String(value.rating),
    fields: ({ rating }) => ({ rating: rating ?? null }),
  },
  timeline: {
    typename: 'TimelineValue',
    take: ({ from, to }) =>
      isDay(from) && isDay(to) && from <= to ? { from, to, visualization_type: null } : undefined,
    text: ({ from, to }) => `${from} - ${to}`,
    fields: ({ from, to }) => ({ from: dated(from), to: dated(to), visualization_type: null }),
    term: (value) => text(value.from),
  },
  week: {
    typename: 'WeekValue',
    take: ({ week }) => {
      if (!isRecord(week) || !isDay(week.startDate) || !isDay(week.endDate)) return undefined
      const days = (Date.parse(week.endDate) - Date.parse(week.startDate)) / 86_400_000
      return days === 6 ? { week: { startDate: week.startDate, endDate: week.endDate } } : undefined
    },
    text: ({ week }) => `${(week as Value).startDate} - ${(week as Value).endDate}`,
    fields: ({ week }) => ({
      start_date: dated((week as Value | undefined)?.startDate),
      end_date: dated((week as Value | undefined)?.endDate),
    }),
  },
  hour: {
    typename: 'HourValue',
    take: ({ hour, minute = 0 }) => {
      const isTime = Number.isInteger(hour) && Number.isInteger(minute)
      const [h, m] = [Number(hour), Number(minute)]
      return isTime && h >= 0 && h <= 23 && m >= 0 && m <= 59 ? { hour: h, minute: m } : undefined
    },
    text: ({ hour, minute }) => {
      const h = Number(hour)
      return `${String(h % 12 || 12).padStart(2, '0')}:${String(minute).padStart(2, '0')} ${h < 12 ? 'AM' : 'PM'}`
    },
    fields: ({ hour, minute }) => ({ hour: hour ?? null, minute: minute ?? null }),
    term: ({ hour, minute }) => `${hour}:${minute}`,
  },
  board_relation: {
    typename: 'BoardRelationValue',
    // Only the account knows which items there are: `cells.ts` takes them.
    take: () => undefined,
    text: () => '',
    fields: ({ ids = [], names = [] }) => ({
      linked_item_ids: ids,
      display_value: (names as readonly string[]).join(', '),
    }),
  },
  dependency: {
    typename: 'DependencyValue',
    take: () => undefined,
    text: () => '',
    fields: ({ ids = [], names = [] }) => ({
      linked_item_ids: ids,
      display_value: (names as readonly string[]).join(', '),
    }),
  },
  tags: {
    typename: 'TagsValue',
    // Only the account knows which tags there are: `cells.ts` takes them.
    take: () => undefined,
    text: ({ names }) => (names as readonly string[]).join(', '),
    fields: ({ tag_ids: ids = [], names = [] }) => ({
      tag_ids: ids,
      tags: (ids as readonly number[]).map((id, n) => ({
        id,
        name: (names as readonly string[])[n],
        color: '#037f4c',
      })),
    }),
  },
  world_clock: {
    typename: 'WorldClockValue',
    take: ({ timezone }) => (typeof timezone === 'string' && isZone(timezone) ? { timezone } : undefined),
    simple: (text) => ({ timezone: text }),
    text: (value) => text(value.timezone),
    fields: ({ timezone }) => ({ timezone: timezone ?? null }),
    term: (value) => text(value.timezone),
  },
}

const PARTS_OF_ADDRESS = [
  'city',
  'city_short',
  'country',
  'country_short',
  'place_id',
  'street',
  'street_number',
  'street_number_short',
  'street_short',
]

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function dated(day: unknown): string | null {
  return typeof day === 'string' ? `${day}T00:00:00+00:00` : null
}

/** Whether a text is a day of the calendar, `2026-11-22`. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const at = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text)
}

function isDegrees(value: unknown, most: number): boolean {
  const plain = typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
  return plain && Math.abs(Number(value)) <= most
}

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })

function isRegion(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && regions.of(code) !== undefined
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
