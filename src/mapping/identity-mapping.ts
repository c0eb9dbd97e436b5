import { type AccountName, domainKey, type IdentityRules, idKey, type MatchWay } from '../domain/identity.ts'
import { JOINED_KINDS, type JoinedKind } from '../domain/joined-records.ts'
import type { Model } from '../domain/model.ts'
import { isPublicMail } from '../domain/public-mail.ts'
import type { FieldValue } from '../source/source.ts'
import { didYouMean } from './nearest.ts'
import type { IdentityFile } from './schema/identity-file.ts'
import type { ModelFile } from './schema/model-file.ts'
import type { SourceFile } from './schema/source-file.ts'
import type { Shaped } from './shape.ts'
import type { Problems } from './yaml-file.ts'

/** Which keys the accounts of a source carry, so that others find them. */
export interface AccountKeys {
  readonly domains: boolean
  /** Fields that hold the id by which another source knows the account. */
  readonly ids: readonly { readonly field: string; readonly of: string }[]
}

/** The keys of accounts by source: none where no source looks for those of another, so that one CRM alone pays for nothing. */
export function accountKeys(
  sources: readonly Shaped<SourceFile>[],
  identity: Shaped<IdentityFile> | null,
): ReadonlyMap<string, AccountKeys> {
  const matches = sources.map(({ data }) => [data.source, data.records.account?.match ?? []] as const)
  const byDomain = namesByDomain(sources)
  const isUsed = byDomain || identity !== null || matches.some(([, match]) => match.length > 0)
  if (!isUsed) return new Map()
  const domains = byDomain || matches.some(([, match]) => match.includes('domain'))
  return new Map(
    matches.map(([source, match]) => [
      source,
      { domains, ids: match.flatMap((one) => (typeof one === 'string' ? [] : [{ field: one.id, of: one.of }])) },
    ]),
  )
}

/** Whether some record names its account by a domain. */
function namesByDomain(sources: readonly Shaped<SourceFile>[]): boolean {
  return sources.some(({ data }) =>
    Object.values(data.records).some((record) => {
      const form = record?.fields.accountId
      return typeof form === 'object' && form.as === 'domain'
    }),
  )
}

/** The keys of one account. */
export function keysOf(
  source: string,
  id: string,
  domain: unknown,
  raw: Readonly<Record<string, FieldValue>>,
  { domains, ids }: AccountKeys,
): string[] {
  const keys = new Set([idKey(source, id)])
  if (domains && typeof domain === 'string' && !isPublicMail(domain)) keys.add(domainKey(domain))
  for (const { field, of } of ids) {
    const value = raw[field]
    if (typeof value === 'string' && value.trim() !== '') keys.add(idKey(of, value.trim()))
  }
  return [...keys]
}

/** What all files together say about identity; `null` where nothing is looked for. */
export function compileIdentity(
  identity: Shaped<IdentityFile> | null,
  sources: readonly Shaped<SourceFile>[],
  problems: Problems,
): IdentityRules | null {
  const names = sources.map(({ data }) => data.source)
  for (const file of sources) checkMatch(file, names, problems)
  const known = (name: string, at: (string | number)[]) => {
    if (identity === null || names.includes(name)) return
    const message = `There is no source "${name}"`
    problems.error(identity.file, identity.at(at), 'unknown-source', message, didYouMean(name, names, 'sources'))
  }
  identity?.data.order.forEach((name, i) => {
    known(name, ['order', i])
  })
  const pairs = (key: 'same' | 'different') =>
    (identity?.data[key] ?? []).map(([a, b], i) => {
      const both = [toName(a), toName(b)] as const
      both.forEach(({ source }, j) => {
        known(source, [key, i, j])
      })
      return both
    })
  const same = pairs('same')
  const different = pairs('different')
  if (accountKeys(sources, identity).size === 0) return null
  const isCrm = (name: string) => sources.find(({ data }) => data.source === name)?.data
  const others = names
    .filter((name) => identity?.data.order.includes(name) !== true)
    .sort((a, b) => Number(typeOf(isCrm(b)) === 'salesforce') - Number(typeOf(isCrm(a)) === 'salesforce'))
  const ways = sources.map(({ data }): [string, MatchWay[]] => [
    data.source,
    // The id of one may be stored in the other: whoever leads, it is looked for first where nothing else is said.
    [...new Set((data.records.account?.match ?? []).map((one): MatchWay => (one === 'domain' ? 'domain' : 'id')))],
  ])
  return {
    order: [...(identity?.data.order ?? []), ...others],
    ways: Object.fromEntries(ways.map(([name, own]) => [name, withIds(name, own, sources)])),
    same,
    different,
    byDomain: namesByDomain(sources),
  }
}

/** The sources of each kind that several deliver and some look for in another, the leading one first. */
export function leadingSources(
  model: Shaped<ModelFile>,
  sources: readonly Shaped<SourceFile>[],
  identity: IdentityRules | null,
): Model['leading'] {
  const leading: Partial<Record<JoinedKind, readonly string[]>> = {}
  for (const kind of JOINED_KINDS) {
    const delivering = sources.filter(({ data }) => data.records[kind] !== undefined)
    const isMatched = delivering.some(({ data }) => (data.records[kind]?.match ?? []).length > 0)
    if (delivering.length < 2 || !isMatched) continue
    const first = model.data.leading[kind]
    const order = identity?.order ?? []
    const rank = ({ data }: Shaped<SourceFile>) =>
      data.source === first ? -1 : order.includes(data.source) ? order.indexOf(data.source) : order.length
    const isCrm = ({ data }: Shaped<SourceFile>) => Number(typeOf(data) === 'salesforce')
    leading[kind] = delivering
      .toSorted((a, b) => rank(a) - rank(b) || isCrm(b) - isCrm(a))
      .map(({ data }) => data.source)
  }
  return leading
}

/** A source whose accounts are named by id in another one looks by id, too, and first. */
function withIds(name: string, own: readonly MatchWay[], sources: readonly Shaped<SourceFile>[]): readonly MatchWay[] {
  if (own.includes('id')) return own
  const isNamed = sources.some(({ data }) =>
    data.records.account?.match?.some((one) => typeof one === 'object' && one.of === name),
  )
  return isNamed ? ['id', ...own] : own
}

function typeOf(data: SourceFile | undefined): string | undefined {
  return data?.type ?? data?.source
}

function checkMatch(file: Shaped<SourceFile>, names: readonly string[], problems: Problems): void {
  const { source, records } = file.data
  for (const kind of JOINED_KINDS) {
    records[kind]?.match?.forEach((one, i) => {
      if (typeof one === 'string' || (one.of !== source && names.includes(one.of))) return
      const message = one.of === source ? `"${one.of}" is this source itself` : `There is no source "${one.of}"`
      const others = names.filter((name) => name !== source)
      const at = file.at(['records', kind, 'match', i, 'of'])
      problems.error(file.file, at, 'unknown-source', message, didYouMean(one.of, others, 'sources'))
    })
  }
  records.account?.match?.forEach((one, i) => {
    const at = ['records', 'account', 'match', i]
    if (one === 'domain') {
      if (records.account?.fields.domain !== undefined) return
      const message = '"domain" is no field that is mapped here, so no account is found by it'
      problems.error(file.file, file.at(at), 'missing-key', message, 'For example domain: Website under fields')
    } else if (one.of === source || !names.includes(one.of)) {
      const message = one.of === source ? `"${one.of}" is this source itself` : `There is no source "${one.of}"`
      const others = names.filter((name) => name !== source)
      problems.error(
        file.file,
        file.at([...at, 'of']),
        'unknown-source',
        message,
        didYouMean(one.of, others, 'sources'),
      )
    }
  })
}

/** `salesforce/001f4000003NkdYAAS` */
function toName(text: string): AccountName {
  const slash = text.indexOf('/')
  return { source: text.slice(0, slash), id: text.slice(slash + 1) }
}
