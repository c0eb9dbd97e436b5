import type { ProductEvent } from '../company/product-events.ts'

/** The events that every simulated analytics service tells of, made when the first of them is asked. */
export class EventBook {
  readonly #make: () => Iterable<ProductEvent>
  #events: ProductEvent[] | null = null

  constructor(make: () => Iterable<ProductEvent>) {
    this.#make = make
  }

  /** Whether anybody has asked. */
  get isMade(): boolean {
    return this.#events !== null
  }

  get events(): readonly ProductEvent[] {
    this.#events ??= [...this.#make()]
    return this.#events
  }

  add(events: Iterable<ProductEvent>): void {
    this.#events = [...this.events, ...events]
  }

  /** Takes events back, as somebody's right to be forgotten does. */
  remove(isGone: (event: ProductEvent) => boolean): void {
    this.#events = this.events.filter((event) => !isGone(event))
  }
}
