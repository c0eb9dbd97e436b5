import type { Said } from '../plan/desired.ts'
import type { Compiled, Values } from './board-values.ts'
import { type CellOptions, textWriter } from './cells.ts'
import { isEmail } from './contact-cells.ts'
import { digestOf } from './digest.ts'
import type { AnnouncementMapping } from './mapping.ts'
import type { BoardFile } from './schema/board-file.ts'
import type { Given } from './scope.ts'
import type { Shaped } from './shape.ts'
import type { Path, Problems } from './yaml-file.ts'

/** Types of a value that tells one occasion from the next. */
const TELLING = ['text', 'id', 'enum', 'day', 'instant', 'integer', 'number', 'boolean', 'money'] as const

export interface CompiledAnnouncement {
  readonly mapping: AnnouncementMapping
  readonly usesToday: boolean
  readonly describe: unknown
  /** What is to be said of one fact; `null` while the condition does not hold, or there is nothing to say or nobody to tell. */
  write(given: Given): Said | null
}

/** What a board says of its items: `updates:` on the item itself, `notify:` to people. */
export function compileAnnouncements(
  file: Shaped<BoardFile>,
  values: Values,
  options: CellOptions,
  problems: Problems,
): CompiledAnnouncement[] {
  const { updates, notify } = file.data
  return [
    ...Object.keys(updates).map((name) => compile(file, ['updates', name], values, options, problems)),
    ...Object.keys(notify).map((name) => compile(file, ['notify', name], values, options, problems)),
  ]
}

function compile(
  file: Shaped<BoardFile>,
  path: readonly ['updates' | 'notify', string],
  values: Values,
  options: CellOptions,
  problems: Problems,
): CompiledAnnouncement {
  const [section, name] = path
  const { notify, updates } = file.data
  const written = section === 'notify' ? notify[name] : updates[name]
  if (written === undefined) throw new Error(`${section} has no ${name}`)
  const when = values.compile(written.when, [...path, 'when'], ['boolean'], 'when needs a condition')
  const once =
    written.once === undefined
      ? null
      : values.compile(
          written.once,
          [...path, 'once'],
          TELLING,
          'once needs a value that tells one occasion from another',
        )
  const text = values.template(written.text, [...path, 'text'], options)
  const tellsApart = once === null ? null : textWriter(once.type, options)
  const people = notify[name] !== undefined && section === 'notify' ? recipients(file, path, values, problems) : null
  const condition = digestOf([when.describe, once?.describe])
  return {
    mapping: {
      name: `${section} ${name}`,
      title: name,
      as: section === 'updates' ? 'update' : 'notification',
      condition,
      reads: [...new Set([when, once, text, ...(people ?? [])].flatMap((value) => value?.reads ?? []))],
    },
    usesToday: [when, once, ...(people ?? [])].some((value) => value?.usesToday === true),
    describe: [section, name, condition, text.describe, people?.map(({ describe }) => describe)],
    write(given) {
      if (when.read(given) !== true) return null
      const words = text.write(given)
      if (words === '') return null
      const token = tellsApart === null || once === null ? '' : tellsApart(once.read(given)).trim()
      const said: Said = { name: `${section} ${name}`, token, text: words }
      if (people === null) return said
      const to = [...new Set(people.flatMap((one) => addressesOf(one, given)))].sort()
      return to.length === 0 ? null : { ...said, to }
    },
  }
}

function recipients(
  file: Shaped<BoardFile>,
  path: readonly ['updates' | 'notify', string],
  values: Values,
  problems: Problems,
): Compiled[] {
  const { to } = file.data.notify[path[1]] ?? { to: [] }
  const all = typeof to === 'string' ? [to] : to
  return all.map((one, n) => {
    const at: Path = typeof to === 'string' ? [...path, 'to'] : [...path, 'to', n]
    const value = values.compile(one, at, ['text'], 'people are found by their e-mail addresses')
    if (value.path !== null && !/e-?mail/i.test(value.path)) {
      problems.error(
        file.file,
        file.at(at),
        'people-need-email',
        `"${value.path}" is no e-mail address, and people are notified by theirs`,
        `Use ${value.path.split('.')[0]}.email`,
      )
    }
    return value
  })
}

/** What is no address is nobody's: the others are told. */
function addressesOf(value: Compiled, given: Given): string[] {
  return String(value.read(given) ?? '')
    .split(/[,;]/)
    .map((one) => one.trim().toLowerCase())
    .filter(isEmail)
}
