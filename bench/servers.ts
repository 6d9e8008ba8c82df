// Starts and stops the processes that are measured: the real server with production settings, the bare server, and
// PostgreSQL. All of them, and the temporary folder, go when the benchmark ends, however it ends.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { startPostgres } from '../test/runner/postgres.ts'
import { freePort } from '../test/support/net.ts'
import type { Accounts } from './seed.ts'
import type { Samples } from './session.ts'

/** An engine with its settings. */
export type SetupName = 'SQLite' | 'SQLite, NORMAL' | 'PostgreSQL'

export interface Server {
  url: string
  pid: number
  stop(): Promise<void>
}

type Environment = Record<string, string>

export const ROOT = join(import.meta.dirname, '..')
const PATIENCE = 30_000 // milliseconds until a server must be ready
const LOOK = 5 // milliseconds between two looks whether it is

/** Also the working directory of all processes, so that they do not read a `.env` file. */
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Returns the environment of a production server without limits that the load would reach. */
function productionSettings(databaseUrl: string, setup: SetupName): Environment {
  const secret = () => randomBytes(32).toString('base64url')
  return {
    DATABASE_URL: databaseUrl,
    SECRET_KEY: secret(),
    JWT_SECRET_KEY: secret(),
    ACCESS_LOG_KEY: secret(),
    JWT_ACCESS_TOKEN_EXPIRES: '1440', // minutes: the longest
    RATE_LIMIT: '1000000000',
    LOGIN_RATE_LIMIT: '1000000000',
    LOG_LEVEL: 'warn',
    ...(setup === 'SQLite, NORMAL' && { SQLITE_SYNCHRONOUS: 'NORMAL' })
  }
}

export interface Engine {
  /** The environment of a server on its database. */
  env: Environment
  version: string
  end(): Promise<void>
}

/** Starts the engine of a setup, with an empty database. */
export async function startEngine(setup: SetupName): Promise<Engine> {
  if (setup !== 'PostgreSQL') {
    const url = `file:${join(folder, `${randomBytes(4).toString('hex')}.db`)}`
    const version = new Sqlite(':memory:').prepare('select sqlite_version()').pluck().get() as string
    return { env: productionSettings(url, setup), version, end: async () => {} }
  }
  const { server, url } = await startPostgres()
  await server.createDatabase('bench')
  const client = new pg.Client({ connectionString: url('bench') })
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  await client.end()
  return { env: productionSettings(url('bench'), setup), version: rows[0]?.server_version ?? '', end: server.stop }
}

/** Fills an empty database with this many patients, and returns its accounts. */
export async function fillDatabase(env: Environment, patients: number): Promise<Accounts> {
  const child = start('bench/seed.ts', { env, args: [String(patients)], ipc: true })
  return await firstMessage<Accounts>(child)
}

/** Starts the real server, and waits until it is ready. `flags` are those of Node. */
export async function startFull(env: Environment, flags: string[] = []): Promise<Server & { startTime: number }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const started = performance.now()
  const preload = join(ROOT, 'src/quick-imports.js') // as `npm start` does
  const child = start('src/server.ts', { env: { ...env, PORT: String(port) }, flags: ['--import', preload, ...flags] })
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}`)
    if (performance.now() - started > PATIENCE) throw new Error('The server does not become ready')
    await delay(LOOK)
  }
  return { ...serverOf(url, child), startTime: performance.now() - started }
}

/** Starts the bare server, which sends these responses. */
export async function startBare(samples: Samples): Promise<Server> {
  const child = start('bench/bare.ts', { env: {}, ipc: true })
  child.send(samples)
  return serverOf(await firstMessage<string>(child), child)
}

function start(
  script: string,
  { env, args = [], flags = [], ipc = false }: { env: Environment; args?: string[]; flags?: string[]; ipc?: boolean }
): ChildProcess {
  const child = spawn(process.execPath, [...flags, join(ROOT, script), ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'inherit', 'inherit', ...(ipc ? (['ipc'] as const) : [])]
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

function serverOf(url: string, child: ChildProcess): Server {
  if (child.pid === undefined) throw new Error('The server could not be started')
  return {
    url,
    pid: child.pid,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    }
  }
}

async function firstMessage<Message>(child: ChildProcess): Promise<Message> {
  const failure = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs.at(-1)} ended with ${code}`)
  })
  const [message] = await Promise.race([once(child, 'message'), failure])
  return message as Message
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).ok
  } catch {
    return false // it does not listen yet
  }
}
