import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Keeps the memory of this process small. V8 takes a large machine as leave to let its space for new objects grow
 * threefold to 48 MB; a worker that handles pages gains nothing from it. Call it before any work.
 */
export function keepFootprintSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  // To wake the threads that would help with so little takes longer than to do it.
  setFlagsFromString('--no-parallel-scavenge')
}

const MB = 1024 * 1024
/** Objects, living and dead, up to which nothing is collected beside what V8 does by itself. */
const ROOM = 32 * MB
/** How much garbage may lie beside what lives, by what streams: as much as its promise of memory leaves. */
const GARBAGE = { planning: 10 * MB, landing: 22 * MB, deriving: 30 * MB } as const
export type Streaming = keyof typeof GARBAGE
const LOOK_EVERY_MS = 20

/** What lives is not garbage, however much it is: looked for once, and not by each work anew. */
let room = ROOM
const streaming: Streaming[] = []
let looking: NodeJS.Timeout | undefined

/**
 * Does work that streams pages through with garbage collected once there is a heap of it: V8 by itself lets it grow to
 * several times what lives, where there is much memory. Landing 200,000 records then peaks at 240 MB in place of 360 MB,
 * for a twentieth more time; the flag `--optimize-for-size` came to the same with half as much time again. Works may
 * stream side by side: the one that may leave most counts, and it is looked after until the last of them is done.
 */
export async function whileStreaming<T>(what: Streaming, work: () => Promise<T>): Promise<T> {
  streaming.push(what)
  looking ??= lookAfterHeap()
  try {
    return await work()
  } finally {
    streaming.splice(streaming.indexOf(what), 1)
    if (streaming.length === 0) {
      clearInterval(looking)
      looking = undefined
    }
  }
}

function lookAfterHeap(): NodeJS.Timeout {
  const collect = collector()
  growYoungGeneration(collect)
  const look = () => {
    if (getHeapStatistics().used_heap_size < room) return
    collect()
    const garbage = Math.max(...streaming.map((what) => GARBAGE[what]))
    room = Math.max(ROOM, getHeapStatistics().used_heap_size + garbage)
  }
  return setInterval(look, LOOK_EVERY_MS).unref()
}

let isGrown = false

/**
 * Lets the space for new objects grow once, from 1 to 4 MB: so much outlives one of 1 MB that dies right after, that
 * landing takes a tenth longer. It grows when as much as it holds has lived through a collection of it.
 */
function growYoungGeneration(collect: Collect): void {
  if (isGrown) return
  isGrown = true
  setFlagsFromString('--semi-space-growth-factor=4')
  const living = Array.from({ length: 5_000 }, (_, n) => new Array(30).fill(n))
  collect({ type: 'minor' })
  setFlagsFromString('--semi-space-growth-factor=1')
  living.length = 0
}

type Collect = (options?: { readonly type: 'minor' }) => void

let collectGarbage: Collect | undefined

/** V8's own collector, which Node shows only to those who start it with a flag. */
function collector(): Collect {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc')
    collectGarbage = runInNewContext('gc') as Collect
  }
  return collectGarbage
}
