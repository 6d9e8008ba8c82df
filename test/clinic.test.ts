// The worked example as a whole: the demo and its sample data, the example client, the README's tour of the API, and
// what is nested in a record. What each resource gives, takes and refuses is in resources.test.ts.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { build, emptyDatabase, eventually } from './support/app.ts'
import { temporaryFolder } from './support/folder.ts'
import { execute, type Started, startServer, toolVariables } from './support/process.ts'

const ROOT = join(import.meta.dirname, '..')

t.jobs = 2

t.test(
  'the demo serves the sample data, and the example client plays the whole story',
  { buffered: true },
  async (t) => {
    const server = await startDemo(t, { JWT_ACCESS_TOKEN_EXPIRES: '0.02' })
    await eventually(() => server.output().includes('npm run client') || undefined)
    for (const line of [server.url, 'admin / 123456', 'client / 123456', 'npm run client'])
      t.match(server.output(), line)

    const { code, output } = await execute(process.execPath, [join(ROOT, 'examples/client.ts')], {
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

t.test("the README's tour of the API does what it says", { buffered: true }, async (t) => {
  const server = await startDemo(t, { JWT_ACCESS_TOKEN_EXPIRES: '5' })
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const tour = [...readme.matchAll(/```sh\n(.*?)```/gs)].find(([block]) => block.includes('/api/patient/'))?.[1] ?? ''
  const curls = await execute('bash', ['-euc', tour.replaceAll('http://localhost:5000', server.url)])
  t.equal(curls.code, 0, curls.output)
  for (const answer of [
    '"patients":[',
    '"name":"Ada"',
    '"surname":"Lovelace"',
    'Patient deleted',
    'Access token revoked'
  ]) {
    t.match(curls.output, answer)
  }
  t.notMatch(curls.output, 'statusCode', 'none was refused')
})

t.test(
  'H14: what is nested in a record is the same on both engines, byte for byte, and as where it stands alone',
  { buffered: true },
  async (t) => {
    const { signIn } = await build(t)
    const user = await signIn('user')
    const add = async (path: string, body: object) => {
      const answer = await user.post(`/api/${path}/`, body)
      t.equal(answer.statusCode, 201, answer.payload)
    }
    await add('category', { name: '血圧' })
    const person = {
      name: '👩🏽‍⚕️',
      surname: "' OR 1=1--",
      birthday: '0001-01-01',
      comments: '\u202eabc\u{10ffff}\ufffe'
    }
    await add('patient', person)

    const days = ['0001-01-01T00:00:00Z', '1582-10-10T00:00:00.001Z', '9999-12-31T23:59:59.999Z']
    for (const date of days) await add('appointment', { patient_id: 1, date })
    const marks = [null, 'left arm', '🫀', 'ﬃ', '%_\\', '"']
    const times = ['1883-11-18T12:00:00.500Z', '1969-12-31T23:59:59.999Z', '2024-02-29T12:00:00.001Z']
    const values = [0, 59, 0.1, 59.12345678901234, 0.30000000000000004, 5e-324, -5e-324, 2.5e-308, 1e-7, 3.3e-5]
    const measures = [...values, -1e15, 123456.789e3, 2 ** 53 - 1, 1 - 2 ** 53].map((value, index) => ({
      marker: marks[index % marks.length],
      value,
      timestamp: times[index % times.length],
      appointment_id: 1 + (index % 2)
    }))
    for (const measure of measures) await add('measure', { ...measure, category_id: 1 })

    const category = { id: 1, name: '血圧' }
    const shown = measures.map((measure, index) => ({ id: index + 1, ...measure, category }))
    const appointments = days.map((date, index) => ({
      id: index + 1,
      patient_id: 1,
      date,
      measures: shown.filter(({ appointment_id }) => appointment_id === index + 1)
    }))
    const patient = { id: 1, ...person, appointments }
    for (const [url, expected] of Object.entries({
      '/api/patient/1': patient,
      '/api/patient/': { patients: [patient], next: null },
      '/api/appointment/1': appointments[0],
      '/api/appointment/': { appointments, next: null },
      '/api/measure/1': shown[0],
      '/api/measure/': { measures: shown, next: null },
      '/api/category/1': category
    })) {
      t.equal((await user.get(url)).payload, JSON.stringify(expected), url)
    }
  }
)

// What the README of the original shows, step by step.
async function originalStory(t: Test, { url }: Started): Promise<void> {
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
    const answer = await call('/api/patient/', tokens.access_token)
    return answer.status === 401 ? answer : undefined
  })
  t.match(await expired.json(), { msg: 'Token has expired' })
  const refreshed = (await (await call('/api/auth/', tokens.refresh_token)).json()) as { access_token: string }
  t.equal((await call('/api/patient/', refreshed.access_token)).status, 200)
  const logout = await call('/api/auth/', tokens.refresh_token, 'DELETE')
  t.same(await logout.json(), { msg: 'Access token revoked' })
  t.match(await (await call('/api/auth/', tokens.refresh_token)).json(), { msg: 'Token has been revoked' })
}

/** The demo as a process of its own, on an empty database. */
async function startDemo(t: Test, env: Record<string, string>): Promise<Started> {
  const DATABASE_URL = await emptyDatabase(t)
  return await startServer(t, { DATABASE_URL, DEMO: 'true', ...env }, { cwd: temporaryFolder(t) })
}
