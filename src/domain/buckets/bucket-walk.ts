import type { Day } from '../day.ts'
import type { BucketRules, BucketSettings } from '../model.ts'
import { kindOfChange } from '../revenue/arr-movements.ts'
import type { ArrPoint } from '../revenue/arr-path.ts'
import type { Tenure } from './tenures.ts'
import { canReach, isNear, meets, type Paid, rulesOn } from './threshold.ts'

/** Orange: below the threshold; green: grown past it. */
export const BUCKETS = ['orange', 'green'] as const
export type Bucket = (typeof BUCKETS)[number]

/** What may move ARR into, out of or between buckets. */
export const BUCKET_MOVEMENTS = [
  'new',
  'expansion',
  'contraction',
  'churn',
  'reactivation',
  'opening',
  'entered',
  'left',
  'reassigned',
  'graduated',
  'fell_back',
] as const
export type BucketMovement = (typeof BUCKET_MOVEMENTS)[number]

/** Of which accounts that pay there are running counts: those in a bucket, and among the orange ones two kinds. */
export const STANDINGS = ['orange', 'green', 'near', 'out_of_reach'] as const
export type Standing = (typeof STANDINGS)[number]
const [ORANGE, GREEN, NEAR, OUT_OF_REACH] = [1, 2, 4, 8] as const

/** All that the buckets of an account follow from, beside the settings. Stored with its facts. */
export interface CountedBuckets {
  /** Sales takes part from here on, up to the day before `salesUntil`; `undefined`: always did, still does. */
  readonly salesFrom: Day | undefined
  readonly salesUntil: Day | undefined
  readonly employees: number | undefined
  /** By day, the first from the beginning on; never empty. */
  readonly tenures: readonly Tenure[]
  /** The last day on which anything happened by then: an account may fall back on a day of which no record tells. */
  readonly until: Day
}

/** Told what happens to an account, day by day. */
export interface BucketSink {
  /**
   * ARR that moved, counted for the owner and team of `of`. Graduated: from orange to green; fell_back: from green to orange;
   * all others: a change of `bucket`, with its sign.
   */
  move(kind: BucketMovement, bucket: Bucket, day: Day, change: number, of: Tenure): void
  /** The account began its life with sales above the threshold. */
  bornGreen(day: Day, of: Tenure): void
  /** From this day on it is one more (1), or one less (-1), of a kind of account; need not be listened to. */
  stands?(as: Standing, day: Day, count: 1 | -1, of: Tenure): void
}

/** Where an account stands in the end. */
export interface BucketEnd {
  /** `null` while sales takes no part. */
  readonly bucket: Bucket | null
  /** Whom its ARR counts for. */
  readonly of: Tenure
  /** The day on which it falls back unless it grows. */
  readonly fallsBackOn: Day | undefined
  /** The last day on which anything happened; `undefined`: nothing ever did. */
  readonly lastDay: Day | undefined
}

const NEVER = Number.POSITIVE_INFINITY

/**
 * Follows an account through the buckets up to `until`.
 *
 * Orange until it pays and meets the threshold: at that instant it graduates, all its ARR goes to green, and stays there as that
 * of the owner and team who brought it there, whoever follows. One that meets the threshold with its first ARR under sales is born green
 * and does not graduate. While it is orange its ARR counts for whoever owns it (reassigned). Back to orange only by the setting
 * `fallBack`. What happens while sales takes no part is in no bucket; turning is a movement of its own: entered, left.
 * What snapshots begin with is no movement of the account but one of its own, opening: by it nobody graduates or is born green; one that
 * meets the threshold then is green, and since when is unknown.
 * Where the rules changed from a day on (`earlier`), each day goes by those of then: who was green stays green, and who meets the
 * new ones graduates on the day they begin.
 * Of one day, in this order: the rules change, it turns, it is reassigned, its ARR moves, it graduates or falls back.
 */
export function walkBuckets(
  points: readonly ArrPoint[],
  counted: CountedBuckets,
  until: Day,
  settings: BucketSettings,
  sink: BucketSink,
): BucketEnd {
  const { salesFrom, salesUntil = NEVER, tenures } = counted
  const walk = new Walk(counted, settings, sink)
  let [point, tenure, era] = [0, 1, 0]
  let lastDay: Day | undefined
  for (;;) {
    const turn = walk.isIn ? salesUntil : (salesFrom ?? NEVER)
    const turnsOn = turn > walk.lastTurn ? turn : NEVER
    const changeOn = settings.earlier[era]?.until ?? NEVER
    const day = Math.min(
      points[point]?.day ?? NEVER,
      tenures[tenure]?.since ?? NEVER,
      turnsOn,
      walk.fallsBackOn,
      changeOn,
    )
    if (day > until || day === NEVER) break
    if (day === changeOn) {
      walk.follow(rulesOn(settings, day))
      era += 1
    }
    if (day === turnsOn) walk.turn(day)
    if (day === tenures[tenure]?.since) walk.handTo(tenures[tenure++] as Tenure, day)
    if (day === points[point]?.day) walk.pay(points[point++] as ArrPoint)
    walk.settle(day)
    lastDay = day
  }
  return { ...walk.end(), lastDay }
}

class Walk {
  readonly #employees: number | undefined
  #rules: BucketRules
  readonly #sink: BucketSink
  #paid: Paid = { seats: 0, arr: 0 }
  #hasPaid = false
  /** Whether it has had ARR since sales takes part. */
  #hasBegun = false
  #bucket: Bucket = 'orange'
  /** Who owns it, and whom its ARR counts for: of a green account that stays. */
  #owner: Tenure
  #of: Tenure
  #belowSince: Day | undefined
  /** `STANDINGS` by place, as the bits of a number. */
  #standing = 0
  #standsFor: Tenure
  isIn: boolean
  lastTurn = Number.NEGATIVE_INFINITY

  constructor({ salesFrom, employees, tenures }: CountedBuckets, settings: BucketSettings, sink: BucketSink) {
    this.#employees = employees
    this.#rules = rulesOn(settings, Number.NEGATIVE_INFINITY)
    this.#sink = sink
    this.isIn = salesFrom === undefined
    const [first = { since: 0, ownerId: undefined, team: undefined }] = tenures
    this.#owner = first
    this.#of = first
    this.#standsFor = first
  }

  /** The day on which it falls back, as things stand. */
  get fallsBackOn(): Day {
    const { fallBack } = this.#rules
    return fallBack === null || this.#belowSince === undefined ? NEVER : this.#belowSince + fallBack.afterDays
  }

  /** From now on it goes by these rules. */
  follow(rules: BucketRules): void {
    this.#rules = rules
  }

  turn(day: Day): void {
    const { arr } = this.#paid
    this.lastTurn = day
    this.isIn = !this.isIn
    if (!this.isIn) {
      this.#move('left', day, -arr)
      return
    }
    this.#begin(day, arr)
    this.#move('entered', day, arr)
  }

  handTo(owner: Tenure, day: Day): void {
    this.#owner = owner
    if (this.#bucket === 'green' && this.isIn) return
    const { arr } = this.#paid
    if (this.isIn) this.#move('reassigned', day, -arr)
    this.#of = owner
    if (this.isIn) this.#move('reassigned', day, arr)
  }

  pay({ day, arr, seats, opening }: ArrPoint): void {
    if (opening !== undefined) this.#open(day, this.#paid.arr + opening, seats)
    const start = this.#paid.arr
    this.#paid = { seats, arr }
    if (this.isIn && start === 0) this.#begin(day, arr)
    if (arr !== start && this.isIn) this.#move(kindOfChange(start, arr, this.#hasPaid), day, arr - start)
    if (arr > 0) this.#hasPaid = true
  }

  /** History begins, or begins anew, with what there is on a day. */
  #open(day: Day, arr: number, seats: number): void {
    const before = this.#paid.arr
    this.#paid = { seats, arr }
    if (arr > 0) this.#hasPaid = true
    if (!this.isIn) return
    if (arr > 0) this.#hasBegun = true
    const { green, match } = this.#rules
    if (this.#bucket === 'green' || arr <= 0 || !meets(green, match, this.#paid)) {
      this.#move('opening', day, arr - before)
      return
    }
    this.#move('opening', day, -before)
    this.#bucket = 'green'
    this.#of = this.#owner
    this.#move('opening', day, arr)
  }

  /** What follows, at the end of a day, from what it pays now. */
  settle(day: Day): void {
    const { fallBack, green, match } = this.#rules
    if (this.isIn && this.#bucket === 'orange' && this.#paid.arr > 0 && meets(green, match, this.#paid)) {
      this.#hasBegun = true
      this.#move('graduated', day, this.#paid.arr)
      this.#bucket = 'green'
    }
    if (this.#paid.arr > 0 && this.isIn) this.#hasBegun = true
    const isBelow =
      this.isIn && this.#bucket === 'green' && fallBack !== null && !meets(fallBack.below, match, this.#paid)
    this.#belowSince = isBelow ? (this.#belowSince ?? day) : undefined
    if (day >= this.fallsBackOn) this.#fallBack(day)
    this.#stand(day)
  }

  end(): Omit<BucketEnd, 'lastDay'> {
    const { fallsBackOn } = this
    return {
      bucket: this.isIn ? this.#bucket : null,
      of: this.#of,
      fallsBackOn: fallsBackOn === NEVER ? undefined : fallsBackOn,
    }
  }

  /** Its first ARR under sales may be above the threshold. */
  #begin(day: Day, arr: number): void {
    if (this.#hasBegun || arr <= 0) return
    this.#hasBegun = true
    if (!meets(this.#rules.green, this.#rules.match, this.#paid)) return
    this.#bucket = 'green'
    this.#of = this.#owner
    this.#sink.bornGreen(day, this.#of)
  }

  #fallBack(day: Day): void {
    const { arr } = this.#paid
    this.#move('fell_back', day, arr)
    this.#bucket = 'orange'
    this.#belowSince = undefined
    if (this.#of !== this.#owner) this.handTo(this.#owner, day)
  }

  #move(kind: BucketMovement, day: Day, change: number): void {
    // Falling back and graduating are events whatever the ARR.
    if (change !== 0 || kind === 'graduated' || kind === 'fell_back')
      this.#sink.move(kind, this.#bucket, day, change, this.#of)
  }

  #stand(day: Day): void {
    if (this.#sink.stands === undefined) return
    const now = this.#standings()
    const before = this.#standing
    const isSame = this.#standsFor === this.#of
    if (isSame && now === before) return
    for (let place = 0; place < STANDINGS.length; place += 1) {
      const as = STANDINGS[place] as Standing
      const [was, is] = [(before >> place) & 1, (now >> place) & 1]
      if (isSame && was === is) continue
      if (was === 1) this.#sink.stands(as, day, -1, this.#standsFor)
      if (is === 1) this.#sink.stands(as, day, 1, this.#of)
    }
    this.#standing = now
    this.#standsFor = this.#of
  }

  #standings(): number {
    const paid = this.#paid
    if (!this.isIn || paid.arr <= 0) return 0
    if (this.#bucket === 'green') return GREEN
    let standings: number = ORANGE
    if (isNear(this.#rules, paid)) standings |= NEAR
    if (canReach(this.#rules, paid, this.#employees) === false) standings |= OUT_OF_REACH
    return standings
  }
}
