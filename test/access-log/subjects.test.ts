// Whose data a request was about: the log ties it to the subject that the resource states. Here samples are subjects, and a
// part belongs to the sample that it refers to.

import { asc } from 'drizzle-orm'
import t from 'tap'
import { access_log } from '../../src/tables/access-log.ts'
import { addRecord } from '../support/add-record.ts'
import { build, buildAround, environment, type TestApp } from '../support/app.ts'
import { sample } from '../support/sample/table.ts'

const PART = { label: 'Scale', seen_at: '2024-02-29T09:30:00Z', amount: 1, done: true }

t.test('what is read, listed, added, changed and deleted is tied to its subjects', async (t) => {
  const server = await build(t)
  const { first, second, tied } = await twoSamples(server)
  const user = await server.signIn('user')

  await user.get(`/api/sample/${first}`)
  t.strictSame(await tied(), [first], 'a subject itself')
  await user.get('/api/sample/?limit=10')
  t.strictSame(await tied(), [first, second], 'every subject of a list')
  const added = await user.post('/api/part/', { ...PART, sample_id: second })
  t.strictSame(await tied(), [second], 'the subject of a new record')
  const { id } = added.json()
  await user.get(`/api/part/${id}`)
  t.strictSame(await tied(), [second])
  await user.get('/api/part/')
  t.strictSame(await tied(), [second])
  await user.get(`/api/part/?sample_id=${first}`)
  t.strictSame(await tied(), [first], 'an empty list of a subject')
  await user.call('PATCH', `/api/part/${id}`, { sample_id: first })
  t.strictSame(await tied(), [first, second], 'the subjects before and after a change')
  await user.call('DELETE', `/api/part/${id}`)
  t.strictSame(await tied(), [first], 'the subject of a deleted record')
})

t.test('a refused attempt is tied to the subject that it named', async (t) => {
  const server = await build(t)
  const { first, second, tied } = await twoSamples(server)
  const [user, admin] = [await server.signIn('user'), await server.signIn('admin')]
  const { id } = (await user.post('/api/part/', { ...PART, sample_id: second })).json()

  await server.app.inject(`/api/sample/${first}`)
  t.strictSame(await tied(), [first], 'without a token')
  await admin.get(`/api/part/${id}`)
  t.strictSame(await tied(), [second], 'without the role')
  await admin.get('/api/sample/')
  t.strictSame(await tied(), [], 'a refused list names nobody')
  await user.get('/api/sample/999999')
  t.strictSame(await tied(), [999_999], 'a subject that does not exist')
  await user.call('PATCH', `/api/part/${id}`, { label: 5 })
  t.strictSame(await tied(), [second], 'with an invalid body')
  await user.post('/api/part/', { ...PART, sample_id: first, label: 5 })
  t.strictSame(await tied(), [first], 'named in an invalid body')
  for (const path of ['0', '1e3', '9999999999', '%00', '-1']) {
    await user.get(`/api/sample/${path}`)
    t.strictSame(await tied(), [], `${path} is no id`)
  }
})

t.test(
  'a list of a thousand subjects is tied to all of them, and simultaneous requests each to their own',
  async (t) => {
    const server = await build(t)
    const user = await server.signIn('user')
    await server.db.insert(sample).values(Array.from({ length: 1000 }, (_, index) => ({ name: `sample ${index}` })))
    const tied = tiedSubjects(server)
    const { samples } = (await user.get('/api/sample/?limit=1000')).json()
    t.equal(samples.length, 1000)
    t.equal((await tied()).length, 1000)

    const ids: number[] = samples.slice(0, 100).map(({ id }: { id: number }) => id)
    await Promise.all(ids.map((id) => user.get(`/api/sample/${id}`)))
    const rows = await server.db.select().from(access_log)
    const own = rows.filter(({ route }) => route === '/api/sample/:id')
    t.equal(own.length, 100)
    for (const { path, subjects } of own) t.equal(subjects, ` sample:${path.split('/').at(-1)} `)
  }
)

t.test('a failed login is tied to the account that it tried, and names nobody otherwise', async (t) => {
  const server = await build(t)
  const user = await server.signIn('user')
  const attempt = async (username: string, password: string) => {
    await server.app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })
    const [row] = (await server.db.select().from(access_log).orderBy(asc(access_log.id))).slice(-1)
    const { username: sender, user_id, tried_username } = row ?? {}
    return { sender, user_id, tried_username }
  }
  const tried = { sender: 'Anonymous', user_id: null, tried_username: user.username }
  t.strictSame(await attempt(user.username, 'not the password'), tried)
  t.strictSame(await attempt('nobody-has-this-name', 'not the password'), { ...tried, tried_username: null })
  const signedIn = { sender: user.username, user_id: user.id, tried_username: null }
  t.strictSame(await attempt(user.username, user.password), signedIn)
  const tied = (await server.db.select().from(access_log)).filter(({ subjects }) => subjects !== null)
  t.match(tied, [{ subjects: ` user:${user.id} ` }])
  t.equal(tied.length, 1)
})

t.test('a server does not start if a route states no subject', async (t) => {
  const env = await environment(t)
  const route = { method: 'GET' as const, url: '/extra', schema: { response: { 200: {} } }, handler: () => 'data' }
  const message = /^GET \/extra has no subject: call app\.subject/
  await t.rejects(
    buildAround(t, env, (app) => {
      app.allow('user')
      app.route(route)
    }),
    { message }
  )
  const app = await buildAround(t, env, (app) => {
    app.allow('user')
    app.subject('none')
    app.route(route)
  })
  t.equal((await app.inject('/extra')).statusCode, 401)
})

async function twoSamples(server: TestApp) {
  const [first, second] = [await addRecord(server.db, sample), await addRecord(server.db, sample)]
  return { first, second, tied: tiedSubjects(server) }
}

/** Returns a function that returns the subjects of the latest row, in the order of their ids. */
function tiedSubjects({ db }: TestApp) {
  return async (): Promise<number[]> => {
    const rows = await db.select({ subjects: access_log.subjects }).from(access_log).orderBy(asc(access_log.id))
    const entries = rows.at(-1)?.subjects?.trim().split(' ') ?? []
    const ids = entries.map((entry) => {
      const [type, id] = entry.split(':')
      if (type !== 'sample') throw new Error(`a subject of ${type}`)
      return Number(id)
    })
    return ids.sort((one, other) => one - other)
  }
}
