/**
 * Lets a command finish when whoever read its output has gone (`boardsync plan | head`): what is being written to boards
 * must not end because nobody watches.
 */
export function ignoreClosedPipe(stream: NodeJS.EventEmitter): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
