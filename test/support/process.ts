// The real server as a process of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'

const ROOT = join(import.meta.dirname, '../..')

export interface Started {
  child: ChildProcess
  /** Where it listens, such as http://127.0.0.1:40123. */
  url: string
  port: number
  /** All it printed so far. */
  output(): string
  /** Resolves with its exit code, or the signal that ended it. */
  exit: Promise<number | NodeJS.Signals | null>
}

/** Starts `src/server.ts` of a checkout on a free port, and waits until it listens; it goes with the test. */
export async function startServer(
  t: Test,
  env: Record<string, string>,
  { root = ROOT, cwd = root, args = [] }: { root?: string; cwd?: string; args?: string[] } = {}
): Promise<Started> {
  const child = spawn(process.execPath, [join(root, 'src/server.ts'), ...args], {
    cwd,
    env: { ...toolVariables(), PORT: '0', ...env }
  })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  const exit = once(child, 'close').then(([code, signal]) => code ?? signal)
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const [, address] = /Server listening at (http:\S+?)"/.exec(output) ?? []
      if (address) resolve(address)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    exit.then((code) => reject(new Error(`the server ended with ${code}: ${output}`)))
  })
  return { child, url, port: Number(new URL(url).port), output: () => output, exit }
}

/** Runs a command to its end, with `input` typed into it; gives its exit code and all it printed. */
export async function execute(
  command: string,
  args: string[],
  { input = '', ...options }: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {}
) {
  const child = spawn(command, args, options)
  child.stdin.on('error', () => {}) // it may end without having read
  child.stdin.end(input)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code: code as number | null, output }
}

const WITH_RESOURCES = new URL('./process-app.ts', import.meta.url)

/** The variables with which a process of the project has the resources of the tests, or another module as src/app.ts. */
export function withResources(env: Record<string, string>, app = WITH_RESOURCES): Record<string, string> {
  const preload = new URL('./process-resources.ts', import.meta.url)
  preload.searchParams.set('app', app.href)
  return { ...env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${preload.href}`.trim() }
}

/** What the coverage tool passes on; the server gets no other variable of this process. */
export function toolVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(NODE_|_?TAP)/.test(name)))
}
