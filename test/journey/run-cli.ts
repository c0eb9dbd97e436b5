import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { runProgram } from '../../src/cli/program.ts'

export interface CliRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line as a person would: a process of its own. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onStart?: (child: ChildProcess) => void,
): Promise<CliRun> {
  const child = spawn(process.execPath, ['src/cli/main.ts', ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart?.(child)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

/**
 * Runs the command line in this process, where what it says is looked at, not that it is a process: starting one costs a
 * second.
 */
export async function runHere(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliRun> {
  const said = { stdout: '', stderr: '' }
  const into = (name: keyof typeof said) => ({
    write: (text: string) => {
      said[name] += text
      return true
    },
  })
  const argv = ['node', 'boardsync', ...args]
  const code = await runProgram(argv, { env, stdout: into('stdout'), stderr: into('stderr') })
  return { code, ...said }
}

export interface SandboxProcess extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
  readonly baseUrl: string
  /** Sends a request to the sandbox's own controls. */
  control(method: 'GET' | 'POST' | 'DELETE', name: string, body?: unknown): Promise<unknown>
}

/** Starts `boardsync sandbox` as a process of its own and waits for its line. */
export async function startSandboxProcess(args: readonly string[]): Promise<SandboxProcess> {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'sandbox', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdout.setEncoding('utf8')
  const line = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part: string) => {
      text += part
      if (text.includes('\n')) resolve(text)
    })
    child.once('close', () => reject(new Error(`The sandbox ended: ${stderr}`)))
  })
  const { env } = JSON.parse(line) as { env: Record<string, string> }
  const baseUrl = new URL(env.SALESFORCE_LOGIN_URL ?? '').origin
  return {
    env,
    baseUrl,
    control: async (method, name, body) => {
      const answer = await fetch(`${baseUrl}/__sandbox/${name}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${name}: ${answer.status} ${text}`)
      return text === '' ? null : JSON.parse(text)
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}
