import { afterAll, beforeAll, describe } from 'vitest'
import { createPostgresSource } from '../../../src/source/postgres/postgres-source.ts'
import { sourceContract } from '../../contract/source-contract.ts'
import { native, type Server, startServer } from './server.ts'

describe.skipIf(native === null)('on a real server', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  sourceContract('PostgresSource', async () => {
    await server.query('drop table if exists things')
    await server.query('create table things (key text primary key, "Number" text, "Note" text)')
    const sockets = () => process.getActiveResourcesInfo().filter((one) => one === 'TCPSocketWrap').length
    const own = sockets()
    const source = createPostgresSource({
      name: 'usage',
      url: server.url,
      objects: { things: { id: 'key' } },
      timeZone: 'UTC',
      today: () => 20_000,
      pageSize: 3,
    })
    return {
      source,
      object: 'things',
      fields: ['Number', 'Note'],
      pageSize: 3,
      put: async (records) => {
        for (const [key, [number, note]] of Object.entries(records)) {
          await server.query(
            'insert into things values ($1, $2, $3) on conflict (key) do update set "Number" = $2, "Note" = $3',
            [key, number, note],
          )
        }
      },
      remove: async (key) => {
        await server.query('delete from things where key = $1', [key])
      },
      held: () => sockets() - own,
      [Symbol.asyncDispose]: async () => {
        for (let tries = 0; tries < 200; tries += 1) {
          if ((await server.connections()) === 0) return
        }
        throw new Error('A connection of boardsync is still open')
      },
    }
  })
})
