// The configuration: what is read, and every refusal, which names the variable.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../src/config.ts'
import { temporaryFolder } from './support/folder.ts'
import { toolVariables } from './support/process.ts'

const SERVER = join(import.meta.dirname, '../src/server.ts')

const secrets = {
  SECRET_KEY: '6Zq0mVnJ4b8yRr1tXw3cKd5eUf7gHs9a',
  JWT_SECRET_KEY: 'Qp2oWn4iEm6uRb8yTv0cYx1zUl3kIj5h'
}

function problems(env: Record<string, string>, base: Record<string, string> = secrets): string[] {
  try {
    loadConfig({ ...base, ...env })
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}

/** Runs the real server in a folder of its own and gives what it printed and its exit code. */
async function startServer(cwd: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [SERVER], { cwd, env: { ...toolVariables(), ...env } })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  return { code, lines: output.trim().split('\n') }
}

t.test('the defaults are those of the contract', async (t) => {
  t.match(loadConfig(secrets), {
    host: '127.0.0.1',
    port: 5000,
    databaseUrl: 'file:./data/app.db',
    accessTokenMinutes: 15,
    refreshTokenDays: 30,
    trustProxy: [],
    logLevel: 'info',
    sqliteSynchronous: 'FULL',
    demo: false
  })
  t.ok(Object.isFrozen(loadConfig(secrets)))
  t.equal(loadConfig({ ...secrets, JWT_ACCESS_TOKEN_EXPIRES: '0.5' }).accessTokenMinutes, 0.5)
  t.same(loadConfig({ ...secrets, TRUST_PROXY: '10.0.0.1, 10.1.0.0/16,::1' }).trustProxy, [
    '10.0.0.1',
    '10.1.0.0/16',
    '::1'
  ])
})

t.test('J1: a missing, sample, short, monotonous or shared secret is refused by name, and never shown', async (t) => {
  const bad = ['', 'change-me', 'change-me-change-me-change-me-change-me', 'kurz', 'a'.repeat(64), 'abab'.repeat(16)]
  for (const name of ['SECRET_KEY', 'JWT_SECRET_KEY']) {
    for (const value of bad) {
      const found = problems({ [name]: value })
      t.equal(found.length, 1, `${name}=${value}`)
      t.match(found[0], new RegExp(`^${name} `))
      if (value) t.notMatch(found[0], value)
    }
  }
  t.same(problems({ SECRET_KEY: secrets.JWT_SECRET_KEY }), ['SECRET_KEY must differ from JWT_SECRET_KEY'])
  t.equal(problems({}, {}).length, 2)
})

t.test('J2: only addresses and ranges are trusted as proxies', async (t) => {
  const refused = ['true', '1', '*', 'proxy.local', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0.0/', '::1/129', '1.2.3']
  for (const TRUST_PROXY of refused) {
    t.match(problems({ TRUST_PROXY }), [/^TRUST_PROXY must be a comma-separated list of IP addresses/], TRUST_PROXY)
  }
})

t.test('J3: an ill-typed, senseless or unknown variable is refused by name', async (t) => {
  for (const name of ['JWT_ACCESS_TOKEN_EXPIRES', 'JWT_REFRESH_TOKEN_EXPIRES', 'LOGIN_WINDOW', 'CLEANUP_INTERVAL']) {
    for (const value of ['0', '-1', 'NaN', '1e9', '1000000000', '', 'soon', '0x10', ' 5', 'Infinity']) {
      t.match(problems({ [name]: value }), [new RegExp(`^${name} must be `)], `${name}=${value}`)
    }
  }
  const refused: Record<string, string[]> = {
    PORT: ['-1', '65536', '80.5', 'http', '5000abc'],
    HOST: ['', 'a b', 'http://x'],
    DATABASE_URL: ['mysql://x/y', 'data.db', '', 'file:', 'postgres://'],
    LOG_LEVEL: ['verbose', 'INFO'],
    DEMO: ['1', 'yes', 'TRUE'],
    CORS_ORIGIN: ['*', 'null', 'https://a.example/', 'a.example', 'ftp://a.example'],
    PASSWORD_MIN_LENGTH: ['7', '65'],
    ARGON2_MEMORY: ['18', '65'],
    SQLITE_SYNCHRONOUS: ['OFF', 'full']
  }
  for (const [name, values] of Object.entries(refused)) {
    for (const value of values)
      t.match(problems({ [name]: value }), [new RegExp(`^${name} must be `)], `${name}=${value}`)
  }
  t.same(problems({ JWT_ACCESS_TOKEN_EXPIRE: '5' }), ['JWT_ACCESS_TOKEN_EXPIRE is not a variable of this server'])
  t.equal(problems({ PORT: 'x', LOG_LEVEL: 'y', JWT_FOO: '1' }).length, 3, 'every problem is named at once')
})

t.test('the demo makes throw-away secrets, short access tokens, and listens on loopback only', async (t) => {
  const [one, other] = [loadConfig({ DEMO: 'true' }), loadConfig({ DEMO: 'true', SECRET_KEY: 'change-me' })]
  t.not(one.jwtSecretKey, other.jwtSecretKey)
  t.not(one.jwtSecretKey, one.secretKey)
  t.equal(one.accessTokenMinutes, 0.3)
  t.equal(loadConfig({ DEMO: 'true', JWT_ACCESS_TOKEN_EXPIRES: '2' }).accessTokenMinutes, 2)
  for (const HOST of ['127.0.0.1', '127.3.2.1', '::1', 'localhost']) t.same(problems({ DEMO: 'true', HOST }), [], HOST)
  for (const HOST of ['0.0.0.0', '::', '192.168.0.2', 'example.org']) {
    t.match(problems({ DEMO: 'true', HOST }), [/^HOST must be a loopback address/], HOST)
  }
})

t.test(
  'J1, J3, J4: the server says what is wrong, one line each, and exits 1, whatever NODE_ENV; .env is checked too',
  async (t) => {
    const cwd = temporaryFolder(t)
    writeFileSync(join(cwd, '.env'), 'JWT_SECRET_KEY=change-me\nPROT=6000\nPOSTGRES_PASSWORD=of-compose\nPORT=x\n')
    const { code, lines } = await startServer(cwd, {
      SECRET_KEY: secrets.SECRET_KEY,
      PORT: '0',
      NODE_ENV: 'development'
    })
    t.equal(code, 1)
    t.match(lines.sort(), [/^JWT_SECRET_KEY is still a placeholder/, /^PROT is not a variable/])
    t.equal(lines.length, 2, 'PORT of the environment won over .env')
  }
)

t.test(
  'J7: a port in use, an unreadable database and a database server that is not there end in one line',
  async (t) => {
    const cwd = temporaryFolder(t)
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    t.teardown(() => taken.close())
    const { port } = taken.address() as { port: number }
    mkdirSync(join(cwd, 'folder.db'))
    writeFileSync(
      join(cwd, 'text.db'),
      'this is no database, but long enough to be looked at as if it were one '.repeat(20)
    )

    const cases: { env: Record<string, string>; expected: RegExp }[] = [
      { env: { PORT: String(port) }, expected: new RegExp(`^PORT ${port} of 127.0.0.1 is in use$`) },
      { env: { DATABASE_URL: 'file:./folder.db' }, expected: /^DATABASE_URL: / },
      { env: { DATABASE_URL: 'file:./text.db' }, expected: /^DATABASE_URL: file is not a database$/ },
      {
        env: { DATABASE_URL: `postgres://u:hush@127.0.0.1:1/x` },
        expected: /^DATABASE_URL: connect ECONNREFUSED/
      }
    ]
    const starts = cases.map(({ env }) => startServer(cwd, { ...secrets, LOG_LEVEL: 'silent', PORT: '0', ...env }))
    for (const [index, { code, lines }] of (await Promise.all(starts)).entries()) {
      t.equal(code, 1)
      t.match(lines, [cases[index]?.expected])
      t.equal(lines.length, 1)
      t.notMatch(lines[0], 'hush')
    }
  }
)
