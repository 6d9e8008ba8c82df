// The server as a process: it is killed, told to stop, started as a demo, and the example client talks to it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { addAccount } from '../src/accounts.ts'
import { loadConfig } from '../src/config.ts'
import { migrate } from '../src/migrations.ts'
import { openDatabase } from '../src/open-database.ts'
import { createPasswords } from '../src/passwords.ts'
import { ensureRoles, FIXED_ROLES } from '../src/roles.ts'
import { patient } from '../src/tables/clinic.ts'
import { emptyDatabase, engine, environment, eventually, logRows, temporaryFolder } from './support/app.ts'
import { freePort } from './support/net.ts'
import { execute, type Started, startServer, toolVariables } from './support/process.ts'

const SERVER = join(import.meta.dirname, '../src/server.ts')

t.jobs = 2

t.test(
  'E4, H8: after kill -9 under load every acknowledged change and its row are there',
  { buffered: true },
  async (t) => {
    const { env, db, account } = await production(t)
    const server = await startServer(t, env)
    const tokens = await login(server.url, account)

    const acknowledged: string[] = []
    const killed = once(server.child, 'exit')
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let number = 0; ; number++) {
        const surname = `marker-${client}-${number}`
        const answer = await post(server.url, '/api/patient/', { name: 'a', surname }, tokens.access_token).catch(
          () => undefined
        )
        if (answer?.status !== 201) return
        acknowledged.push(surname)
        if (acknowledged.length === 100) server.child.kill('SIGKILL')
      }
    })
    await Promise.all([...clients, killed])

    t.ok(acknowledged.length >= 100)
    const stored = new Set((await db.select().from(patient)).map((row) => row.surname))
    t.same(
      acknowledged.filter((surname) => !stored.has(surname)),
      []
    )
    const created = (await logRows(db)).filter((row) => row.status === 201)
    t.ok(created.length >= acknowledged.length, 'a row for each answer')
    if (engine === 'sqlite') {
      const file = new Sqlite(env.DATABASE_URL.replace('file:', ''), { readonly: true })
      t.equal(file.pragma('integrity_check', { simple: true }), 'ok')
      file.close()
    }

    const again = await startServer(t, env)
    t.equal((await get(again.url, '/api/patient/', tokens.access_token)).status, 200, 'tokens outlive the process')
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

    const body = JSON.stringify({ name: 'last', surname: 'request' })
    const socket = connect(server.port, '127.0.0.1')
    socket.write(
      `POST /api/patient/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens.access_token}\r\n` +
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
    t.match(answer, /^HTTP\/1.1 201/)
    t.match(answer, /connection: close/i)
    t.equal(await server.exit, 0)
    t.equal((await logRows(db)).filter((row) => row.status === 201).length, 1)
  }
)

t.test(
  'the demo serves the sample data, and the example client plays the whole story',
  { buffered: true },
  async (t) => {
    const env = { DATABASE_URL: await emptyDatabase(t), DEMO: 'true', JWT_ACCESS_TOKEN_EXPIRES: '0.02' }
    const server = await startServer(t, env, { cwd: temporaryFolder(t) })
    await eventually(() => server.output().includes('npm run client') || undefined)
    for (const line of [server.url, 'admin / 123456', 'client / 123456', 'npm run client'])
      t.match(server.output(), line)

    const { code, output } = await execute(process.execPath, [join(import.meta.dirname, '../examples/client.ts')], {
      env: { ...toolVariables(), BASE_URL: server.url }
    })
    t.equal(code, 0, output)
    const story = [
      'Luca Nastasi',
      'the access token has expired: refreshed, and asked again',
      '"surname": "Lovelace"',
      '"birthday": "1971-07-30"',
      '"value": 72.5',
      'Patient deleted',
      'Access token revoked',
      /access token: {2}401 Token has (been revoked|expired)/,
      'refresh token: 401 Token has been revoked'
    ]
    for (const part of story) t.match(output, part)

    await originalStory(t, server)
  }
)

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

// What the README of the original shows, step by step.
async function originalStory(t: Test, { url }: Started): Promise<void> {
  const tokens = await login(url, { username: 'client', password: '123456' })
  t.same(Object.keys(tokens), ['access_token', 'refresh_token'])
  t.match(await (await get(url, '/api/patient', tokens.access_token)).json(), {
    patients: [
      {
        name: 'Luca',
        surname: 'Nastasi',
        birthday: '1997-07-28',
        appointments: [
          {
            measures: [
              { value: 59, timestamp: '2024-01-01T11:24:59Z', category: { name: 'HR' } },
              { value: 66, timestamp: '2024-01-01T11:24:59Z', category: { name: 'HR' } }
            ]
          }
        ]
      }
    ],
    next: null
  })
  const expired = await eventually(async () => {
    const answer = await get(url, '/api/patient/', tokens.access_token)
    return answer.status === 401 ? answer : undefined
  })
  t.match(await expired.json(), { msg: 'Token has expired' })
  const refreshed = (await (await get(url, '/api/auth/', tokens.refresh_token)).json()) as { access_token: string }
  t.equal((await get(url, '/api/patient/', refreshed.access_token)).status, 200)
  const logout = await fetch(`${url}/api/auth/`, { method: 'DELETE', headers: bearer(tokens.refresh_token) })
  t.same(await logout.json(), { msg: 'Access token revoked' })
  t.match(await (await get(url, '/api/auth/', tokens.refresh_token)).json(), { msg: 'Token has been revoked' })
}

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

async function login(url: string, { username, password }: { username: string; password: string }) {
  const answer = await post(url, '/api/auth/', { username, password })
  return (await answer.json()) as { access_token: string; refresh_token: string }
}

function get(url: string, path: string, token: string): Promise<Response> {
  return fetch(`${url}${path}`, { headers: bearer(token) })
}

function post(url: string, path: string, body: object, token?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token && bearer(token)) }
  return fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}
