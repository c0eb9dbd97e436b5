import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../platform/errors.ts'
import { type Calls, type Engine, openEngine } from './engine.ts'
import { faultToWire, toFault } from './faults.ts'
import type { Answer, InLine, Question, WorkerOptions } from './messages.ts'

const port = parentPort
if (port === null) throw new Error('This file is the thread of the SQLite store and does nothing alone')
const options = workerData as WorkerOptions
/** When nothing was asked for so long, what can wait is done. */
const REST_MS = 100

/** By line: how many questions were not carried out. */
const failures = new Map<string, number>()

function inOrder<T>({ line, heard }: InLine, work: () => T): T {
  const before = failures.get(line) ?? 0
  try {
    if (heard === before) return work()
    throw new Fault('store-out-of-order', `What was to be saved before this of ${line} was not saved`, { blame: 'us' })
  } catch (error) {
    failures.set(line, before + 1)
    throw error
  }
}

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
    const { id, method, inLine } = question
    rest.refresh()
    if (method === 'migrate') answer(id, () => engine.migrate())
    else if (method === 'close') {
      clearTimeout(rest)
      answer(id, () => engine.close())
      port?.close()
    } else {
      const call = () => engine.call(method, question.args as Parameters<Calls[typeof method]>)
      answer(id, inLine === undefined ? call : () => inOrder(inLine, call))
    }
  })
}
