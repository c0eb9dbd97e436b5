import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Fault, formatFault } from '../../../src/platform/errors.ts'
import { createFilesSource, type FileReading, PROBLEM_FIELD } from '../../../src/source/files/files-source.ts'
import type { Cursor, Page, SourceRecord } from '../../../src/source/source.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boardsync-files-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = (name: string, content: string | Buffer) => writeFile(join(folder, name), content)

interface Asked {
  readonly fields: readonly string[]
  readonly reading?: FileReading
  readonly after?: Cursor | null
  readonly where?: string | null
  readonly pageSize?: number
}

async function pagesOf(object: string, asked: Asked): Promise<Page[]> {
  const { fields, reading = {}, after = null, where = null, pageSize = 1000 } = asked
  const source = createFilesSource({ name: 'files', folder, objects: { [object]: reading }, pageSize })
  const pages: Page[] = []
  for await (const page of source.read({ object, fields, where, after })) pages.push(page)
  return pages
}

async function recordsOf(object: string, asked: Asked): Promise<Extract<SourceRecord, { kind: 'present' }>[]> {
  const records = (await pagesOf(object, asked)).flatMap((page) => page.records)
  return records.filter((record) => record.kind === 'present')
}

async function said(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return formatFault(error as Fault).replaceAll(folder, '<folder>')
  }
  return 'nothing'
}

describe('a CSV file', () => {
  const texts: readonly (readonly [string, string | Buffer, FileReading?])[] = [
    ['with commas', 'id,name\n1,Ann\n2,"B, b"\n'],
    ['with semicolons', 'id;name\n1;Ann\n2;"B, b"\n'],
    ['with tabs', 'id\tname\n1\tAnn\n2\tB, b\n'],
    ['with bars', 'id|name\n1|Ann\n2|B, b\n'],
    ['with a given delimiter', 'id^name\n1^Ann\n2^B, b\n', { delimiter: '^' }],
    ['with a given tab', 'id\tname\n1\tAnn\n2\tB, b\n', { delimiter: 'tab' }],
    ['that says what stands between columns, as Excel writes it', 'sep=;\r\nid;name\r\n1;Ann\r\n2;"B, b"\r\n'],
    ['with two columns of a name that nobody asks for', 'id,note,name,note\n1,x,Ann,y\n2,x,"B, b",y\n'],
    ['with a byte order mark', '\uFEFFid,name\n1,Ann\n2,"B, b"\n'],
    ['with line ends of Windows and empty lines', 'id,name\r\n\r\n1,Ann\r\n2,"B, b"\r\n\r\n'],
    ['with blanks around its header', ' id , name \n1,Ann\n2,"B, b"\n'],
    ['without a line end at its end', 'id,name\n1,Ann\n2,"B, b"'],
    ['in UTF-16 with its mark', Buffer.from('\uFEFFid,name\n1,Ann\n2,"B, b"\n', 'utf16le')],
    ['in UTF-16 as given', Buffer.from('id,name\n1,Ann\n2,"B, b"\n', 'utf16le'), { encoding: 'utf-16le' }],
  ]
  for (const [how, text, reading] of texts) {
    test(`${how} is read`, async () => {
      await write('people.csv', text)
      const records = await recordsOf('people.csv', { fields: ['name'], reading: { id: 'id', ...reading } })
      expect(records.map((record) => [record.id, record.fields])).toEqual([
        ['1', { name: 'Ann' }],
        ['2', { name: 'B, b' }],
      ])
    })
  }

  test('in Latin-1 is read when the mapping says so, and refused with that hint when it does not', async () => {
    await write('people.csv', Buffer.from('id,name\n1,Jürgen\n', 'latin1'))
    const [record] = await recordsOf('people.csv', { fields: ['name'], reading: { encoding: 'latin1' } })
    expect(record?.fields).toEqual({ name: 'Jürgen' })
    expect(await said(pagesOf('people.csv', { fields: ['name'] }))).toMatchInlineSnapshot(`
      "files-encoding: "people.csv" is not written in UTF-8
        Set encoding: latin1 (or utf-16le) for this file in the source mapping, or save it as UTF-8"
    `)
  })

  test('keeps values as they are written: nothing is coerced', async () => {
    await write('odd.csv', 'a,b,c,d\n 300000 ,#N/A,01-May,\n"two\nlines","say ""hi""",5" pipe,-1\n')
    const records = await recordsOf('odd.csv', { fields: ['a', 'b', 'c', 'd'] })
    expect(records.map((record) => record.fields)).toEqual([
      { a: ' 300000 ', b: '#N/A', c: '01-May', d: null },
      { a: 'two\nlines', b: 'say "hi"', c: '5" pipe', d: '-1' },
    ])
  })

  test('zipped is read the same', async () => {
    await write('people.csv.gz', gzipSync('id,name\n1,Ann\n'))
    expect((await recordsOf('people.csv.gz', { fields: ['name'] })).map((record) => record.fields)).toEqual([
      { name: 'Ann' },
    ])
  })

  test('zipped that ends early is refused', async () => {
    const zipped = gzipSync(`id,name\n${Array.from({ length: 5000 }, (_, i) => `${i},${Math.sin(i)}`).join('\n')}`)
    await write('people.csv.gz', zipped.subarray(0, zipped.length / 2))
    expect(await said(pagesOf('people.csv.gz', { fields: ['name'] }))).toContain(
      'files-unreadable: "people.csv.gz" cannot be read (Z_BUF_ERROR)',
    )
  })

  test('may be named without its ending', async () => {
    await write('people.csv', 'id,name\n1,Ann\n')
    expect(await recordsOf('people', { fields: ['name'] })).toHaveLength(1)
  })
})

describe('no row is lost:', () => {
  test('one with too few or too many cells comes with what could be read of it, and says so', async () => {
    await write('ragged.csv', 'id,name,city\n1,Ann\n2,B,b,Rome\n3,Cy,Oslo\n')
    const records = await recordsOf('ragged.csv', { fields: ['name', 'city'], reading: { id: 'id' } })
    expect(records.map((record) => record.fields)).toEqual([
      { name: 'Ann', city: null, [PROBLEM_FIELD]: 'row 1 has 2 cells and the header 3' },
      { name: 'B', city: 'b', [PROBLEM_FIELD]: 'row 2 has 4 cells and the header 3' },
      { name: 'Cy', city: 'Oslo' },
    ])
  })

  test('a second row of one id is <id>#2, in the order of the file, whatever else is called so', async () => {
    await write('twice.csv', 'id,name\nA,1\nA#2,2\nA,3\nA,4\nB,5\n')
    const records = await recordsOf('twice.csv', { fields: ['name'], reading: { id: 'id' } })
    expect(records.map((record) => record.id)).toEqual(['A', 'A#2', 'A#3', 'A#4', 'B'])
    // Said of each but the first: counted as records of their own they would be counted twice.
    const problems = records.map((record) => (record.kind === 'present' ? (record.fields['__problem'] ?? null) : null))
    expect(problems).toEqual([
      null,
      null,
      'row 3 has the "id" of another row',
      'row 4 has the "id" of another row',
      null,
    ])
  })

  test('one without an id comes with a digest of its content as id, and says so', async () => {
    await write('people.csv', 'id,name\n,Ann\n')
    const [record] = await recordsOf('people.csv', { fields: ['name'], reading: { id: 'id' } })
    expect(record?.id).toMatch(/^[0-9a-f]{32}$/)
    expect(record?.fields).toEqual({ name: 'Ann', [PROBLEM_FIELD]: 'row 1 has no "id"' })
  })

  test('without an id column a digest of the content is the id: the same row has the same id in any file', async () => {
    await write('a.csv', 'x,y\n1,2\n3,4\n1,2\n')
    await write('b.csv', 'x,y\n3,4\n1,2\n')
    const a = (await recordsOf('a.csv', { fields: ['x'] })).map((record) => record.id)
    const b = (await recordsOf('b.csv', { fields: ['x'] })).map((record) => record.id)
    expect([a[1], a[0]]).toEqual(b)
    expect(a[2]).toBe(`${a[0]}#2`)
  })

  test('a line of NDJSON that is no object comes with a digest as id, and says so', async () => {
    await write('odd.ndjson', '{"id":1,"name":"Ann"}\n{"id":2,"na\n[1]\n\n{"id":3,"name":"Cy"}')
    const records = await recordsOf('odd.ndjson', { fields: ['name'], reading: { id: 'id' } })
    expect(records.map((record) => record.fields)).toEqual([
      { name: 'Ann' },
      { name: null, [PROBLEM_FIELD]: 'row 2 is no JSON object' },
      { name: null, [PROBLEM_FIELD]: 'row 3 is no JSON object' },
      { name: 'Cy' },
    ])
  })
})

test('an NDJSON file has numbers as decimal text, truth values, and nested values by their path', async () => {
  const line =
    '{"id":7,"amount":1.0E7,"exact":12345678901234567.89,"won":true,"none":null,"empty":"","owner":{"email":"a@b.example"},"tags":["x",1.50],"a.b":"dot"}'
  await write('deals.ndjson', `${line}\n`)
  const fields = ['amount', 'exact', 'won', 'none', 'empty', 'owner.email', 'tags', 'a.b', 'absent']
  const [record] = await recordsOf('deals.ndjson', { fields, reading: { id: 'id' } })
  expect(record).toMatchObject({
    id: '7',
    fields: {
      amount: '10000000',
      exact: '12345678901234567.89',
      won: true,
      none: null,
      empty: null,
      'owner.email': 'a@b.example',
      tags: '["x","1.5"]',
      'a.b': 'dot',
      absent: null,
    },
  })
})

describe('when a row changed', () => {
  test('is when its file changed', async () => {
    await write('people.csv', 'id,name\n1,Ann\n')
    await utimes(join(folder, 'people.csv'), 1_700_000_000, 1_700_000_000)
    const [record] = await recordsOf('people.csv', { fields: ['name'] })
    expect(record?.changedAt).toBe('2023-11-14T22:13:20.000Z')
  })

  test('is what the named column says, where it says it', async () => {
    await write('people.csv', 'id,at\n1,2024-05-06\n2,2024-05-06T07:08:09+02:00\n3,soon\n')
    await utimes(join(folder, 'people.csv'), 1_700_000_000, 1_700_000_000)
    const records = await recordsOf('people.csv', { fields: ['id'], reading: { changedAt: 'at' } })
    expect(records.map((record) => record.changedAt)).toEqual([
      '2024-05-06T00:00:00.000Z',
      '2024-05-06T05:08:09.000Z',
      '2023-11-14T22:13:20.000Z',
    ])
  })
})

describe('a file is read again', () => {
  const cursorOf = (pages: readonly Page[], i = -1) => pages.at(i)?.cursor ?? null

  test('when it changed, as a snapshot, and else not at all', async () => {
    await write('people.csv', 'id,name\n1,Ann\n')
    const first = await pagesOf('people.csv', { fields: ['name'] })
    const second = await pagesOf('people.csv', { fields: ['name'], after: cursorOf(first) })
    expect(second.map((page) => [page.records.length, page.snapshot, page.requests])).toEqual([[0, false, 0]])
    await write('people.csv', 'id,name\n1,Bob\n')
    const third = await pagesOf('people.csv', { fields: ['name'], after: cursorOf(second) })
    expect(third.map((page) => [page.records.length, page.snapshot])).toEqual([[1, true]])
  })

  test('not when it was only written again with the same content', async () => {
    await write('people.csv', 'id,name\n1,Ann\n')
    const first = await pagesOf('people.csv', { fields: ['name'] })
    await utimes(join(folder, 'people.csv'), 1_800_000_000, 1_800_000_000)
    const second = await pagesOf('people.csv', { fields: ['name'], after: cursorOf(first) })
    expect(second.map((page) => page.records.length)).toEqual([0])
  })

  const others: readonly (readonly [string, Asked])[] = [
    ['when a further column is asked for', { fields: ['name', 'city'], reading: { id: 'id' } }],
    ['when it is to be read in another way', { fields: ['name'], reading: {} }],
    ['when the cursor cannot be read', { fields: ['name'], reading: { id: 'id' }, after: 'nowhere' as Cursor }],
  ]
  for (const [when, asked] of others) {
    test(when, async () => {
      await write('people.csv', 'id,name,city\n1,Ann,Rome\n')
      const first = await pagesOf('people.csv', { fields: ['name'], reading: { id: 'id' } })
      const again = await pagesOf('people.csv', { after: cursorOf(first), ...asked })
      expect(again.map((page) => [page.records.length, page.snapshot])).toEqual([[1, true]])
    })
  }

  test('from the row where reading stopped, with the same ids for rows of one id', async () => {
    await write('people.csv', 'id,name\nA,1\nA,2\nA,3\n')
    const asked = { fields: ['name'], reading: { id: 'id' }, pageSize: 1 }
    const whole = await pagesOf('people.csv', asked)
    const rest = await pagesOf('people.csv', { ...asked, after: cursorOf(whole, 0) })
    expect(rest.flatMap((page) => page.records.map((record) => record.id))).toEqual(['A#2', 'A#3'])
  })

  test('from its beginning when it changed since reading stopped, and what was read before is called off', async () => {
    await write('people.csv', 'id,name\nA,1\nB,2\nC,3\n')
    const asked = { fields: ['name'], reading: { id: 'id' }, pageSize: 2 }
    const whole = await pagesOf('people.csv', asked)
    await write('people.csv', 'id,name\nB,2\nC,4\n')
    const again = await pagesOf('people.csv', { ...asked, after: cursorOf(whole, 0) })
    expect(again.map((page) => [page.records.map((record) => record.id), page.snapshot])).toEqual([
      [[], false],
      [['B', 'C'], true],
    ])
  })

  test('by the next run when it changes while it is read: the read does not end as if it were whole', async () => {
    await write('people.csv', 'id,name\nA,1\nB,2\nC,3\n')
    const source = createFilesSource({ name: 'files', folder, pageSize: 1 })
    const reading = source
      .read({ object: 'people.csv', fields: ['name'], where: null, after: null })
      [Symbol.asyncIterator]()
    await reading.next()
    await write('people.csv', 'id,name\nA,1\nB,2\nC,3\nD,4\n')
    const rest = (async () => {
      while (!(await reading.next()).done);
    })()
    expect(await said(rest)).toMatchInlineSnapshot(`
      "files-changed-while-read: "people.csv" changed while it was read
        Run again; write such files under another name and rename them when they are whole"
    `)
  })
})

describe('a file that cannot be used says why:', () => {
  test('it is not there', async () => {
    await write('accounts.csv', 'id\n')
    await write('notes.md', '')
    expect(await said(pagesOf('acounts.csv', { fields: [] }))).toMatchInlineSnapshot(`
      "files-missing: There is no file "acounts.csv" in the folder "<folder>"
        Did you mean "accounts.csv"? It holds accounts.csv"
    `)
  })

  test('the folder is not there', async () => {
    const source = createFilesSource({ name: 'files', folder: join(folder, 'none') })
    const reading = source.read({ object: 'a.csv', fields: [], where: null, after: null })[Symbol.asyncIterator]()
    expect(await said(reading.next())).toMatchInlineSnapshot(`
      "files-folder-missing: The folder "<folder>/none" cannot be read (ENOENT)
        Looked at "<folder>/none": set the path of the source to the folder that holds the files"
    `)
  })

  test('it is in another folder', async () => {
    expect(await said(pagesOf('../secret.csv', { fields: [] }))).toMatchInlineSnapshot(`
      "files-outside-folder: "../secret.csv" is not in the folder "<folder>"
        Name a file of that folder, or set the path of the source to another folder"
    `)
  })

  test('a column is not there', async () => {
    await write('people.csv', 'id,name,city\n1,Ann,Rome\n')
    expect(
      await said(pagesOf('people.csv', { fields: ['nmae', 'name', 'zip'], reading: { id: 'ID' } })),
    ).toMatchInlineSnapshot(`
      "files-field-missing: "people.csv" has no column "nmae", nor "zip", nor "ID"
        Did you mean "name"? Columns: id, name, city"
    `)
  })

  test('two columns have one name', async () => {
    await write('people.csv', 'id,name,name \n1,Ann,Bob\n')
    expect(await said(pagesOf('people.csv', { fields: ['name'] }))).toMatchInlineSnapshot(`
      "files-duplicate-column: "people.csv" has two columns named "name"
        Rename one of them in the file: it cannot be told which one a mapping means"
    `)
    expect(await said(pagesOf('people.csv', { fields: ['id'], reading: { changedAt: 'name' } }))).toContain(
      'files-duplicate-column',
    )
  })

  test('it is empty', async () => {
    await write('people.csv', '')
    expect(await said(pagesOf('people.csv', { fields: ['name'] }))).toMatchInlineSnapshot(`
      "files-no-header: "people.csv" has no first line with the names of its columns
        Write the names of the columns into the first line"
    `)
  })

  test('a quote is never closed', async () => {
    await write('people.csv', 'id,name\n1,Ann\n2,"Bob\n3,Cy\n')
    expect(await said(pagesOf('people.csv', { fields: ['name'] }))).toMatchInlineSnapshot(`
      "files-malformed: "people.csv" cannot be read after row 1: a quote is opened and never closed
        Check the quotes of the row that follows; a quote inside a cell is written twice"
    `)
  })

  test('the mapping has a condition', async () => {
    await write('people.csv', 'id\n1\n')
    expect(await said(pagesOf('people.csv', { fields: [], where: 'x' }))).toMatchInlineSnapshot(`
      "files-where: A condition is given for the file "people.csv", and files know none
        Remove where from the source mapping; boards have a where of their own"
    `)
  })

  test('the mapping names an unknown encoding', async () => {
    await write('people.csv', 'id\n1\n')
    expect(await said(pagesOf('people.csv', { fields: [], reading: { encoding: 'utf-7' } }))).toContain(
      'files-unknown-encoding: "utf-7"',
    )
  })
})

test('a check reads files to their end and reports all that is odd, with rows', async () => {
  await write('people.csv', 'id,name\n1,Ann\n1,Bob\n2\n,Cy\n')
  await write('deals.ndjson', '{"id":1,"name":"x"}\nbroken\n')
  const source = createFilesSource({
    name: 'files',
    folder,
    objects: { 'people.csv': { id: 'id' }, 'deals.ndjson': { id: 'id' } },
  })
  const problems = await source.check([
    { object: 'none.csv', fields: ['a'] },
    { object: 'people.csv', fields: ['name', 'nmae'], place: 'mappings/sources/files.yaml:3' },
    { object: 'deals.ndjson', fields: ['name', 'amount'] },
  ])
  expect(
    problems
      .map((one) => `${one.level} ${one.code}: ${one.message}`)
      .join('\n')
      .replaceAll(folder, '<folder>'),
  ).toMatchInlineSnapshot(`
    "error files-missing: There is no file "none.csv" in the folder "<folder>"
    error files-field-missing: "people.csv" has no column "nmae" (mappings/sources/files.yaml:3)
    warning files-odd-rows: "people.csv" has rows that do not fit the header or are no JSON objects: 1 (row 3) (mappings/sources/files.yaml:3)
    warning files-id-twice: "people.csv" has rows with the id of another row: 1 (row 2) (mappings/sources/files.yaml:3)
    warning files-id-empty: "people.csv" has rows without an id: 1 (row 4) (mappings/sources/files.yaml:3)
    error files-field-missing: No row of "deals.ndjson" has "amount"
    warning files-odd-rows: "deals.ndjson" has rows that do not fit the header or are no JSON objects: 1 (row 2)"
  `)
})
