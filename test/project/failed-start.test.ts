// A server that cannot start prints the reason and exits with 1.

import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../support/folder.ts'
import { execute, toolVariables } from '../support/process.ts'

const SERVER = join(import.meta.dirname, '../../src/server.ts')

const secrets = {
  SECRET_KEY: '6Zq0mVnJ4b8yRr1tXw3cKd5eUf7gHs9a',
  JWT_SECRET_KEY: 'Qp2oWn4iEm6uRb8yTv0cYx1zUl3kIj5h'
}

t.test(
  'invalid variables, also those of .env, are listed one per line, whatever NODE_ENV is [J1, J3, J4]',
  async (t) => {
    const cwd = temporaryFolder(t)
    writeFileSync(join(cwd, '.env'), 'JWT_SECRET_KEY=change-me\nPROT=6000\nPOSTGRES_PASSWORD=of-compose\nPORT=x\n')
    const { code, lines } = await runServer(cwd, {
      SECRET_KEY: secrets.SECRET_KEY,
      PORT: '0',
      NODE_ENV: 'development'
    })
    t.equal(code, 1)
    t.match(lines.sort(), [/^JWT_SECRET_KEY is still a placeholder/, /^PROT is not a variable/])
    t.equal(lines.length, 2, 'PORT of the environment overrides that of .env')
  }
)

t.test('a port in use and a database that cannot be read or reached are reported in one line [J7]', async (t) => {
  const cwd = temporaryFolder(t)
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.teardown(() => listener.close())
  const { port } = listener.address() as { port: number }
  mkdirSync(join(cwd, 'folder.db'))
  writeFileSync(join(cwd, 'text.db'), 'not a database, but long enough to be read as if it were one '.repeat(20))

  const cases: { env: Record<string, string>; expected: RegExp }[] = [
    { env: { PORT: String(port) }, expected: new RegExp(`^PORT ${port} is already in use on 127.0.0.1$`) },
    ...(existsSync('/proc')
      ? [{ env: { DATABASE_URL: 'file:/proc/nowhere/app.db' }, expected: /^DATABASE_URL: ENOENT.*'\/proc\/nowhere'$/ }]
      : []),
    { env: { DATABASE_URL: 'file:./folder.db' }, expected: /^DATABASE_URL: / },
    { env: { DATABASE_URL: 'file:./text.db' }, expected: /^DATABASE_URL: file is not a database$/ },
    { env: { DATABASE_URL: 'postgres://u:hush@127.0.0.1:1/x' }, expected: /^DATABASE_URL: connect ECONNREFUSED/ }
  ]
  const runs = cases.map(({ env }) => runServer(cwd, { ...secrets, LOG_LEVEL: 'silent', PORT: '0', ...env }))
  for (const [index, { code, lines }] of (await Promise.all(runs)).entries()) {
    t.equal(code, 1)
    t.match(lines, [cases[index]?.expected])
    t.equal(lines.length, 1)
    t.notMatch(lines[0], 'hush')
  }
  t.notOk(existsSync(join(cwd, 'data')), 'a server that cannot listen has not created or migrated a database')
})

/** Runs the real server in this folder until it exits. Returns its exit code and the lines that it printed. */
async function runServer(cwd: string, env: Record<string, string>) {
  const { code, output } = await execute(process.execPath, [SERVER], { cwd, env: { ...toolVariables(), ...env } })
  return { code, lines: output.trim().split('\n') }
}
