/** Lines of a text that comes in pieces, each as its bytes; an empty one is none. */
export async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest: Buffer | null = null
  for await (const arrived of pieces) {
    const piece: Buffer = rest === null ? arrived : Buffer.concat([rest, arrived])
    const end = piece.lastIndexOf(10)
    if (end === -1) {
      rest = piece
      continue
    }
    rest = end + 1 === piece.length ? null : Buffer.from(piece.subarray(end + 1))
    yield piece.toString('utf8', 0, end).split('\n')
  }
  if (rest !== null) yield [rest.toString('utf8')]
}
