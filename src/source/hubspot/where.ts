import { Fault } from '../../platform/errors.ts'

/** A condition of a mapping: HubSpot's lists know none, so it is held against what was read. */
export interface Condition {
  readonly properties: readonly string[]
  meets(values: Readonly<Record<string, string | null | undefined>>): boolean
}

interface Term {
  readonly property: string
  readonly is: (value: string) => boolean
}

const PROPERTY = '([a-z][a-z0-9_]*)'
const TEXT = `('(?:[^']|'')*'|[^\\s'(),]+)`
const FORMS: readonly { readonly form: RegExp; readonly test: (list: readonly string[]) => Term['is'] }[] = [
  { form: new RegExp(`^${PROPERTY}\\s+is\\s+empty$`, 'i'), test: () => (value) => value === '' },
  { form: new RegExp(`^${PROPERTY}\\s+is\\s+not\\s+empty$`, 'i'), test: () => (value) => value !== '' },
  { form: new RegExp(`^${PROPERTY}\\s*!=\\s*${TEXT}$`, 'i'), test: (list) => (value) => !list.includes(value) },
  { form: new RegExp(`^${PROPERTY}\\s*=\\s*${TEXT}$`, 'i'), test: (list) => (value) => list.includes(value) },
  {
    form: new RegExp(`^${PROPERTY}\\s+not\\s+in\\s*\\(([^()]*)\\)$`, 'i'),
    test: (list) => (value) => !list.includes(value),
  },
  { form: new RegExp(`^${PROPERTY}\\s+in\\s*\\(([^()]*)\\)$`, 'i'), test: (list) => (value) => list.includes(value) },
]

/** `lifecyclestage in (lead, customer) and hs_lead_status is not empty`; values with blanks stand in single quotes. */
export function conditionOf(object: string, where: string | null): Condition | null {
  if (where === null) return null
  const terms = partsOf(where).map((part) => termOf(object, part))
  return {
    properties: [...new Set(terms.map(({ property }) => property))],
    meets: (values) => terms.every(({ property, is }) => is(values[property] ?? '')),
  }
}

/** Parts between `and`, but for those within quotes. */
function partsOf(where: string): string[] {
  const pieces = where.split(/('(?:[^']|'')*')/)
  const marked = pieces.map((piece, i) => (i % 2 === 1 ? piece : piece.replace(/\s+and\s+/gi, '\u0000')))
  return marked.join('').split('\u0000')
}

function termOf(object: string, part: string): Term {
  const text = part.trim()
  for (const { form, test } of FORMS) {
    const [, property, list = ''] = form.exec(text) ?? []
    if (property === undefined) continue
    const values = [...list.matchAll(/'((?:[^']|'')*)'|([^\s,'][^,']*)/g)]
    return { property, is: test(values.map(([, quoted, bare = '']) => quoted?.replaceAll("''", "'") ?? bare.trim())) }
  }
  throw new Fault('hubspot-where-unreadable', `The where of ${object} cannot be read at "${text}"`, {
    blame: 'operator',
    hint: 'Write property = value, != value, in (a, b), not in (a, b), is empty or is not empty; join several by and',
  })
}
