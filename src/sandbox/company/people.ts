import type { Random } from '../engine/random.ts'
import { createRandom } from '../engine/random.ts'
import type { CompanyOptions, CompanyUser, Role, Segment } from './company.ts'
import { FIRST_NAMES, LAST_NAMES } from './names.ts'

export function makeUsers(options: CompanyOptions): CompanyUser[] {
  const random = createRandom(`${options.seed}/users`)
  const sellers = Math.min(300, Math.max(4, Math.ceil(options.accounts / 110)))
  const counts: readonly (readonly [Role, number])[] = [
    ['Sales Manager', Math.max(2, Math.ceil(sellers / 8))],
    ['Account Executive', sellers],
    ['Account Manager', Math.max(2, Math.ceil(sellers / 2))],
    ['CSM', Math.max(2, Math.ceil(sellers / 3))],
    ['SDR', Math.max(2, Math.ceil(sellers / 3))],
    ['BDR', Math.max(1, Math.ceil(sellers / 4))],
  ]
  const managers = counts[0]?.[1] ?? 1
  const users: CompanyUser[] = []
  const taken = new Set<string>()
  for (const [role, count] of counts) {
    for (let i = 0; i < count; i++) {
      const { firstName, lastName } = person(random)
      const plain = `${firstName}.${lastName}`.toLowerCase()
      const local = taken.has(plain) ? `${plain}${users.length}` : plain
      taken.add(local)
      users.push({
        firstName,
        lastName,
        email: `${local}@boardworks.example`,
        role,
        team: ['North', 'South', 'West', 'East'][i % Math.min(4, managers)] as string,
        manager: role === 'Sales Manager' ? null : i % managers,
        isActive: role === 'Sales Manager' || i === 0 || !random.chance(0.06),
      })
    }
  }
  return users
}

export function person(random: Random): { firstName: string; lastName: string } {
  return { firstName: random.pick(FIRST_NAMES), lastName: random.pick(LAST_NAMES) }
}

export function emailOf(who: { firstName: string; lastName: string }, domain: string): string {
  return `${who.firstName}.${who.lastName}@${domain}`.toLowerCase()
}

export function withRole(users: readonly CompanyUser[], role: Role): number[] {
  return users.flatMap((user, index) => (user.role === role ? [index] : []))
}

export function employeesOf(segment: Segment, random: Random): number {
  const [median, low, high] = {
    SMB: [45, 2, 199],
    'Mid-Market': [550, 200, 1_999],
    Enterprise: [5_200, 2_000, 90_000],
  }[segment]
  return Math.round(Math.min(high as number, Math.max(low as number, random.logNormal(median as number, 0.7))))
}

/** Between eight and six, to the second. */
export function timeOfDay(random: Random): number {
  return random.int(8 * 3_600, 18 * 3_600 - 1) * 1_000
}
