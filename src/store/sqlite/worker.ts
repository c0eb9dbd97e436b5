import { parentPort, workerData } from 'node:worker_threads'
import { type Calls, type Engine, openEngine } from './engine.ts'
import { faultToWire, toFault } from './faults.ts'
import type { Answer, Question, WorkerOptions } from './messages.ts'

const port = parentPort
if (port === null) throw new Error('This file is the thread of the SQLite store and does nothing alone')
const options = workerData as WorkerOptions
/** When nothing was asked for so long, what can wait is done. */
const REST_MS = 100

function answer(id: number, work: () => unknown): void {
  let message: Answer
  try {
    message = { id, result: work() }
  } catch (error) {
    message = { id, fault: faultToWire(toFault(error, options.path)) }
  }
  port?.postMessage(message, 'result' in message ? buffersOf(message.result) : [])
}

/** Memory to hand over rather than copy: packed pages hold theirs in own fields. */
function buffersOf(result: unknown): ArrayBuffer[] {
  if (typeof result !== 'object' || result === null || !('bodies' in result)) return []
  return Object.values(result).flatMap((it) =>
    it instanceof Uint8Array && it.byteLength > 0 && it.buffer instanceof ArrayBuffer ? [it.buffer] : [],
  )
}

let engine: Engine | undefined
answer(0, () => {
  engine = openEngine(options)
})

if (engine === undefined) port.close()
else serve(engine)

function serve(engine: Engine): void {
  const rest = setTimeout(() => engine.rest(), REST_MS)
  port?.on('message', (question: Question) => {
    const { id, method } = question
    rest.refresh()
    if (method === 'migrate') answer(id, () => engine.migrate())
    else if (method === 'close') {
      clearTimeout(rest)
      answer(id, () => engine.close())
      port?.close()
    } else answer(id, () => engine.call(method, question.args as Parameters<Calls[typeof method]>))
  })
}
