import type { BoardHost } from '../board/board.ts'
import type { Store } from '../store/store.ts'

interface HostPorts {
  readonly host: BoardHost
  readonly store: Store
}

/** Hands a host what it found out in earlier processes, so that it need not ask again. */
export async function recallHost({ host, store }: HostPorts): Promise<void> {
  const learned = await store.note(noteOf(host))
  if (learned !== null) host.recall(learned)
}

/** Keeps what a host has found out, for later processes. */
export async function keepHost({ host, store }: HostPorts): Promise<void> {
  const learned = host.learned()
  if (learned !== '' && learned !== (await store.note(noteOf(host)))) await store.setNote(noteOf(host), learned)
}

function noteOf({ name }: BoardHost): string {
  return `host ${name}`
}
