import { setFlagsFromString } from 'node:v8'

/**
 * Keeps the memory of this process small. V8 lets its space for new objects grow threefold to 48 MB and the garbage
 * with it, which suits servers; a worker that streams pages gains nothing from it and doubles in size (186 MB against
 * 86 MB over the same pages, at the same speed). Call it before any work.
 */
export function keepFootprintSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
