import { parse, parseDocument } from 'yaml'
import { Fault } from '../platform/errors.ts'
import { ModelFile } from './schema/model-file.ts'

/** One setting of `model.yaml` that is another one in another text of it, defaults filled in. */
export interface ModelChange {
  /** `buckets.green_from.seats`. */
  readonly path: string
  /** As YAML would have it; `null`: there is none. */
  readonly before: string | null
  readonly after: string | null
}

/** A text of `model.yaml` with one setting set: `buckets.green_from.seats=100`, the value as YAML. What it says besides stays. */
export function setInModel(text: string, setting: string): string {
  const at = setting.indexOf('=')
  const keys = setting.slice(0, at).trim().split('.')
  if (at < 1 || keys.some((key) => key === '')) throw unreadable(setting, 'it has no path and value')
  const document = parseDocument(text)
  try {
    document.setIn(
      keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
      document.createNode(parse(setting.slice(at + 1))),
    )
  } catch (error) {
    throw unreadable(setting, (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '')
  }
  return String(document)
}

function unreadable(setting: string, reason: string): Fault {
  return new Fault('usage', `--set ${setting} cannot be read: ${reason}`, {
    blame: 'operator',
    exit: 2,
    hint: 'Give the path of a setting of model.yaml and its value: --set buckets.green_from.seats=100',
  })
}

/** The settings in which two texts of `model.yaml` differ, by path; `definitions` are told by what they say. Both must be valid. */
export function changesOfModel(before: string, after: string): ModelChange[] {
  const [was, is] = [settingsOf(before), settingsOf(after)]
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((path) => {
    const [one, other] = [was.get(path) ?? null, is.get(path) ?? null]
    return one === other ? [] : [{ path, before: one, after: other }]
  })
}

function settingsOf(text: string): Map<string, string> {
  const settings = new Map<string, string>()
  const { definitions: _, ...data } = ModelFile.parse(parse(text))
  const add = (value: unknown, path: string): void => {
    const isOpen = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (value === undefined) return
    if (!isOpen) settings.set(path, typeof value === 'string' ? value : JSON.stringify(value))
    else for (const [key, inner] of Object.entries(value)) add(inner, path === '' ? key : `${path}.${key}`)
  }
  add(data, '')
  return settings
}
