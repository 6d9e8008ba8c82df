// The demo: its sample data, the example client, and the API tour in docs/api.md.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { emptyDatabase, eventually } from '../support/app.ts'
import { temporaryFolder } from '../support/folder.ts'
import { execute, type Started, startServer, toolVariables } from '../support/process.ts'

const ROOT = join(import.meta.dirname, '../..')

t.test('the demo serves the sample data, and the example client runs to its end', async (t) => {
  const server = await startDemo(t, { JWT_ACCESS_TOKEN_EXPIRES: '0.05' })
  await eventually(() => server.output().includes('npm run client') || undefined)
  for (const line of [server.url, 'admin / 123456', 'client / 123456', 'npm run client']) t.match(server.output(), line)

  const { code, output } = await execute(process.execPath, [join(ROOT, 'examples/client.ts')], {
    env: { ...toolVariables(), BASE_URL: server.url }
  })
  t.equal(code, 0, output)
  const parts = [
    'Luca Nastasi',
    'the access token had expired: it was refreshed, and the call repeated',
    '"surname": "Lovelace"',
    '"birthday": "1971-07-30"',
    '"value": 72.5',
    'Patient deleted',
    'Access token revoked',
    /access token: {2}401 Token has (been revoked|expired)/,
    'refresh token: 401 Token has been revoked'
  ]
  for (const part of parts) t.match(output, part)

  await originalReadme(t, server)
})

t.test('the commands of docs/api.md do what it says', async (t) => {
  const server = await startDemo(t, { JWT_ACCESS_TOKEN_EXPIRES: '5' })
  const document = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
  const tour = [...document.matchAll(/```sh\n(.*?)```/gs)].find(([block]) => block.includes('/api/patient/'))?.[1] ?? ''
  const { code, output } = await execute('bash', ['-euc', tour.replaceAll('http://localhost:5000', server.url)])
  t.equal(code, 0, output)
  for (const part of [
    '"patients":[',
    '"name":"Ada"',
    '"surname":"Lovelace"',
    'Patient deleted',
    'Access token revoked'
  ]) {
    t.match(output, part)
  }
  t.notMatch(output, 'statusCode', 'no request is rejected')
})

/** What the README of the original shows, step by step: the list, an expired token, a refresh, a logout. */
async function originalReadme(t: Test, { url }: Started): Promise<void> {
  const call = (path: string, token: string, method = 'GET') =>
    fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
  const login = await fetch(`${url}/api/auth/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'client', password: '123456' })
  })
  const tokens = (await login.json()) as { access_token: string; refresh_token: string }
  t.same(Object.keys(tokens), ['access_token', 'refresh_token'])
  t.match(await (await call('/api/patient', tokens.access_token)).json(), {
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
    const response = await call('/api/patient/', tokens.access_token)
    return response.status === 401 ? response : undefined
  })
  t.match(await expired.json(), { msg: 'Token has expired' })
  const refreshed = (await (await call('/api/auth/', tokens.refresh_token)).json()) as { access_token: string }
  t.equal((await call('/api/patient/', refreshed.access_token)).status, 200)
  const logout = await call('/api/auth/', tokens.refresh_token, 'DELETE')
  t.same(await logout.json(), { msg: 'Access token revoked' })
  t.match(await (await call('/api/auth/', tokens.refresh_token)).json(), { msg: 'Token has been revoked' })
}

/** Starts the demo on an empty database. */
async function startDemo(t: Test, env: Record<string, string>): Promise<Started> {
  const DATABASE_URL = await emptyDatabase(t)
  return await startServer(t, { DATABASE_URL, DEMO: 'true', ...env }, { cwd: temporaryFolder(t) })
}
