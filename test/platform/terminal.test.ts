import { expect, test } from 'vitest'
import {
  bar,
  columnsOf,
  createLiveBlock,
  fit,
  formatCount,
  formatDuration,
  pad,
  printable,
} from '../../src/platform/terminal.ts'
import { Screen } from '../cli/screen.ts'

test('what a CRM holds cannot move the cursor, colour the screen or turn the line round', () => {
  expect(printable('Acme\x1b[2J\x1b[31m Inc.\r\nNext\u0007\u202egnp')).toBe('Acme Inc. Next gnp')
  expect(printable('Å, 株式会社, 🚀')).toBe('Å, 株式会社, 🚀')
})

test('columns are those of the terminal, not characters', () => {
  expect(columnsOf('abc')).toBe(3)
  expect(columnsOf('\x1b[31mabc\x1b[39m')).toBe(3)
  expect(columnsOf('株式')).toBe(4)
  expect(columnsOf('🚀')).toBe(2)
  expect(columnsOf('e\u0301')).toBe(1)
  expect(pad('株式', 6)).toBe('株式  ')
  expect(pad('5', 3, 'right')).toBe('  5')
})

test('a text that does not fit ends with …', () => {
  expect(fit('abcdef', 6)).toBe('abcdef')
  expect(fit('abcdef', 5)).toBe('abcd…')
  expect(fit('株式会社', 6)).toBe('株式…')
  expect(fit('abc', 0)).toBe('')
})

test('counts and durations read at a glance', () => {
  expect([0, 24710, 1234567.891].map(formatCount)).toEqual(['0', '24,710', '1,234,567.89'])
  expect([40, 400, 9_949, 12_300, 59_600, 200_000, 7_500_000].map(formatDuration)).toEqual([
    '0.0 s',
    '0.4 s',
    '9.9 s',
    '12 s',
    '1 min 0 s',
    '3 min 20 s',
    '2 h 5 min',
  ])
})

test('a bar fills in eighths of a column and stays in its bounds', () => {
  expect([0, 0.5, 1, -1, 2].map((share) => bar(share, 4))).toEqual(['    ', '██  ', '████', '    ', '████'])
  expect(bar(0.53, 4)).toBe('██▏ ')
})

test('a live block is drawn again in place, text goes above it, and the cursor comes back', () => {
  const screen = new Screen()
  screen.write('before\n')
  const block = createLiveBlock(screen)
  block.draw(['one', 'two'])
  expect(screen.cursorHidden).toBe(true)
  block.draw(['ONE', 'TWO', 'THREE'])
  block.above('remark')
  block.draw(['last'])
  expect(screen.text).toBe('before\nremark\nlast')
  block.end()
  expect(screen.cursorHidden).toBe(false)
  block.draw(['a new block'])
  expect(screen.text).toBe('before\nremark\nlast\na new block')
})

test('a live block never grows beyond the terminal', () => {
  const screen = new Screen(10, 4)
  const block = createLiveBlock(screen)
  block.draw(['1', '2', '3', '4', 'a line too wide'])
  expect(screen.text).toBe('3\n4\na line to…')
})

test('a process that ends in the middle gets its cursor back, however many blocks it drew', () => {
  const screen = new Screen()
  const restores: (() => void)[] = []
  const block = createLiveBlock(screen, (restore) => restores.push(restore))
  block.draw(['first'])
  block.end()
  block.draw(['second'])
  expect(restores).toHaveLength(1)
  expect(screen.cursorHidden).toBe(true)
  for (const restore of restores) restore()
  expect(screen.cursorHidden).toBe(false)
})
