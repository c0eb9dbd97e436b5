import { describe, expect, test } from 'vitest'
import { formatFault } from '../../src/platform/errors.ts'
import { readSecret } from '../../src/platform/secrets.ts'

function said(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return formatFault(error as Parameters<typeof formatFault>[0])
  }
  return 'nothing'
}

describe('a secret', () => {
  test('comes from its variable', () => {
    expect(readSecret({ TOKEN: 'abc' }, 'TOKEN')).toBe('abc')
  })

  test('comes from the file that its twin names, without the line break at its end', () => {
    const readFile = (path: string) => (path === '/run/token' ? '\uFEFFabc\r\n' : '')
    expect(readSecret({ TOKEN_FILE: '/run/token' }, 'TOKEN', readFile)).toBe('abc')
  })

  test('is not there when neither is set, or empty', () => {
    expect(readSecret({ TOKEN: '' }, 'TOKEN')).toBeUndefined()
  })

  test('set twice is refused', () => {
    expect(said(() => readSecret({ TOKEN: 'a', TOKEN_FILE: 'b' }, 'TOKEN'))).toMatchInlineSnapshot(`
      "secret-set-twice: TOKEN and TOKEN_FILE are both set
        Unset one of them"
    `)
  })

  test('in a file that is missing or empty is refused, naming the file', () => {
    expect(said(() => readSecret({ TOKEN_FILE: '/no/such/file' }, 'TOKEN'))).toMatchInlineSnapshot(`
      "secret-unreadable: TOKEN_FILE names "/no/such/file", which cannot be read (ENOENT)
        Check the path and that the user who runs this program may read the file"
    `)
    expect(said(() => readSecret({ TOKEN_FILE: 'empty' }, 'TOKEN', () => ' \n'))).toMatchInlineSnapshot(`
      "secret-empty: TOKEN_FILE names "empty", which is empty
        Put the secret into the file, or unset TOKEN_FILE"
    `)
  })
})
