// The server as a process: it is killed, told to stop, started as a demo, and out of disk space.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { addAccount } from '../src/accounts.ts'
import { loadConfig } from '../src/config.ts'
import { demoAccounts } from '../src/demo.ts'
import { migrate } from '../src/migrations.ts'
import { openDatabase } from '../src/open-database.ts'
import { createPasswords } from '../src/passwords.ts'
import { ensureRoles, FIXED_ROLES } from '../src/roles.ts'
import { refresh_token } from '../src/tables/account.ts'
import { emptyDatabase, engine, environment, eventually, logRows } from './support/app.ts'
import { temporaryFolder } from './support/folder.ts'
import { freePort } from './support/net.ts'
import { startServer, toolVariables } from './support/process.ts'

const SERVER = join(import.meta.dirname, '../src/server.ts')
const NEXT_PASSWORD = 'seven quiet lakes'

t.jobs = 2

t.test(
  'E4, H8: after kill -9 under load every acknowledged change and its row are there',
  { buffered: true },
  async (t) => {
    const { env, db, account } = await production(t)
    const server = await startServer(t, env)
    const logins = await Promise.all(Array.from({ length: 8 }, () => login(server.url, account)))

    let acknowledged = 0
    const killed = once(server.child, 'exit')
    const clients = logins.map(async (first) => {
      const tokens = [first]
      for (;;) {
        const answer = await rotate(server.url, tokens.at(-1) as Tokens)
        if (!answer) return tokens
        tokens.push(answer)
        if (++acknowledged === 100) server.child.kill('SIGKILL')
      }
    })
    const held = await Promise.all(clients)
    await killed

    t.ok(acknowledged >= 100)
    const stored = new Set((await db.select().from(refresh_token)).map((row) => row.jti))
    t.same(
      held.flat().filter(({ refresh_token }) => !stored.has(jtiOf(refresh_token))),
      []
    )
    const rotations = (await logRows(db)).filter((row) => row.path === '/api/auth/refresh' && row.status === 200)
    t.ok(rotations.length >= acknowledged, 'a row for each answer')
    if (engine === 'sqlite') {
      const file = new Sqlite(env.DATABASE_URL.replace('file:', ''), { readonly: true })
      t.equal(file.pragma('integrity_check', { simple: true }), 'ok')
      file.close()
    }

    const again = await startServer(t, env)
    const newest = held.map((tokens) => tokens.at(-1) as Tokens)
    for (const { refresh_token } of newest) {
      t.equal((await get(again.url, '/api/auth/', refresh_token)).status, 200, 'refresh tokens outlive the process')
    }
    const change = { old_password: account.password, new_password: NEXT_PASSWORD }
    const changed = await send(again.url, 'PUT', '/api/auth/password', change, newest[0]?.access_token)
    t.equal(changed.status, 200, 'and so do access tokens')
    again.child.kill('SIGTERM')
    t.equal(await again.exit, 0)
  }
)

t.test(
  'I1, I2: told to stop, the server answers what is under way, closes the rest, and exits 0',
  { buffered: true },
  async (t) => {
    const { env, account, db } = await production(t)
    const server = await startServer(t, env)
    const tokens = await login(server.url, account)
    const idle = connect(server.port, '127.0.0.1')
    idle.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(idle, 'data')
    const bare = connect(server.port, '127.0.0.1')
    await once(bare, 'connect')

    const body = JSON.stringify({ old_password: account.password, new_password: NEXT_PASSWORD })
    const socket = connect(server.port, '127.0.0.1')
    socket.write(
      `PUT /api/auth/password HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.access_token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`
    )
    await once(socket, 'data') // 100 Continue: the request is under way
    const idleClosed = Promise.all([once(idle, 'close'), once(bare, 'close')])
    server.child.kill('SIGTERM')
    await idleClosed
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    const closed = once(socket, 'close')
    socket.write(body)
    await closed
    t.match(answer, /^HTTP\/1.1 200/)
    t.match(answer, /connection: close/i)
    t.equal(await server.exit, 0)
    t.match(
      (await logRows(db)).filter((row) => row.path === '/api/auth/password'),
      [{ method: 'PUT', status: 200 }]
    )
  }
)

t.test('the demo tells where it is and with which accounts, and they sign in', { buffered: true }, async (t) => {
  const env = { DATABASE_URL: await emptyDatabase(t), DEMO: 'true' }
  const server = await startServer(t, env, { cwd: temporaryFolder(t) })
  for (const { username, password, role } of demoAccounts) {
    const line = `${username} / ${password}   (role ${role})`
    t.ok(await eventually(() => server.output().includes(line) || undefined), line)
    t.match(await login(server.url, { username, password }), { access_token: String, refresh_token: String })
  }
  t.match(server.output(), `The demo listens at ${server.url}`)
})

t.test(
  'T17: a full disk under the process log stops neither the answers nor the end',
  { buffered: true },
  async (t) => {
    const { env } = await production(t)
    const port = await freePort()
    const child = spawn(process.execPath, [SERVER], {
      env: { ...toolVariables(), ...env, PORT: String(port), LOG_LEVEL: 'trace' },
      stdio: ['ignore', openSync('/dev/full', 'w'), 'ignore']
    })
    t.teardown(() => child.kill('SIGKILL'))
    const exit = once(child, 'exit')
    const url = `http://127.0.0.1:${port}`
    await eventually(() => fetch(`${url}/health/live`).catch(() => undefined))
    for (let attempt = 0; attempt < 3; attempt++) {
      t.match(await login(url, { username: 'nobody', password: 'a guess' }), { msg: 'Bad username or password' })
    }
    child.kill('SIGTERM')
    t.same(await exit, [0, null])
  }
)

/** The variables of a production server, and an account on its database with which to call it. */
async function production(t: Test) {
  const env = (await environment(t)) as Record<string, string> & { DATABASE_URL: string }
  const config = loadConfig(env)
  await migrate(config)
  const db = await openDatabase(config, () => {})
  t.teardown(() => db.connection.close())
  await ensureRoles(db, FIXED_ROLES)
  const account = await addAccount(db, createPasswords(config), { username: 'caller', roles: ['user'] })
  return { env, db, account }
}

interface Tokens {
  access_token: string
  refresh_token: string
}

async function login(url: string, { username, password }: { username: string; password: string }): Promise<Tokens> {
  return (await (await send(url, 'POST', '/api/auth/', { username, password })).json()) as Tokens
}

/** The successors of these tokens, or undefined when the server did not get to give them whole. */
async function rotate(url: string, { refresh_token }: Tokens): Promise<Tokens | undefined> {
  try {
    const answer = await fetch(`${url}/api/auth/refresh`, { method: 'POST', headers: bearer(refresh_token) })
    return answer.status === 200 ? ((await answer.json()) as Tokens) : undefined
  } catch {
    return undefined
  }
}

function get(url: string, path: string, token: string): Promise<Response> {
  return fetch(`${url}${path}`, { headers: bearer(token) })
}

function send(url: string, method: 'POST' | 'PUT', path: string, body: object, token?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token && bearer(token)) }
  return fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}

function jtiOf(token: string): string {
  return String(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti)
}
