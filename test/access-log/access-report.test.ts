// The report for auditors: who has had access to the data of one subject.

import t from 'tap'
import { access_log } from '../../src/tables/access-log.ts'
import { addRecord } from '../support/add-record.ts'
import { build } from '../support/app.ts'
import { sample } from '../support/sample/table.ts'

type Report = { accesses: { path: string }[]; next: string | null }

t.test('an auditor sees who had access to a subject, in which roles, from where, and with which result', async (t) => {
  const { app, db, signIn } = await build(t)
  const [auditor, user, admin] = [await signIn('auditor'), await signIn('user'), await signIn('admin')]
  const [id, other] = [await addRecord(db, sample), await addRecord(db, sample)]
  await user.get(`/api/sample/${id}`)
  await user.get(`/api/sample/${other}`)
  await user.get('/api/sample/')
  await admin.get(`/api/sample/${id}`)
  await app.inject({ url: `/api/sample/${id}`, remoteAddress: '192.0.2.7' })
  await user.call('DELETE', `/api/sample/${id}`)

  const report = await auditor.get(`/api/sample/${id}/access`)
  t.equal(report.statusCode, 200)
  const who = { user: user.username, user_id: user.id, roles: ['user'], address: '127.0.0.1', outcome: 'success' }
  t.match(report.json(), {
    accesses: [
      { ...who, action: 'delete', method: 'DELETE', path: `/api/sample/${id}`, status: 200 },
      { user: 'Anonymous', user_id: null, roles: [], address: '192.0.2.7', outcome: 'refused', status: 401 },
      { user: admin.username, roles: ['admin'], action: 'read', outcome: 'refused', status: 403 },
      { ...who, action: 'read', path: '/api/sample/' },
      { ...who, action: 'read', path: `/api/sample/${id}`, method: 'GET', status: 200 }
    ],
    next: null
  })
  t.equal(report.json().accesses.length, 5, 'also after the subject was deleted')
  const again = await auditor.get(`/api/sample/${id}/access`)
  t.match(
    again.json().accesses[0],
    { user: auditor.username, path: `/api/sample/${id}/access` },
    'reading it is logged'
  )
  for (const caller of [user, admin]) t.equal((await caller.get(`/api/sample/${id}/access`)).statusCode, 403)
  t.equal((await app.inject(`/api/sample/${id}/access`)).statusCode, 401)
})

t.test('the report comes in slices, each row once, and rejects a cursor that is none', async (t) => {
  const { db, signIn } = await build(t)
  const auditor = await signIn('auditor')
  const time = '2020-01-01T00:00:00Z'
  for (let number = 1; number <= 25; number++) {
    const request = { method: 'GET', status: 200, duration_ms: 1, request_id: 'id', path: `/${number}` }
    await db.insert(access_log).values({ time, username: 'zoe', address: '::1', subjects: ' sample:7 ', ...request })
  }
  const seen: string[] = []
  for (let query = '?limit=10'; query; ) {
    const { accesses, next }: Report = (await auditor.get(`/api/sample/7/access${query}`)).json()
    seen.push(...accesses.map(({ path }) => path).filter((path) => !path.endsWith('access')))
    query = next === null ? '' : `?limit=10&before=${encodeURIComponent(next)}`
  }
  t.same(
    seen,
    Array.from({ length: 25 }, (_, index) => `/${25 - index}`)
  )
  for (const query of [
    'before=0',
    'before=-1',
    'before=1.5',
    'before=x',
    `before=${'9'.repeat(17)}`,
    'limit=0',
    'limit=1001',
    'after=1'
  ]) {
    t.equal((await auditor.get(`/api/sample/7/access?${query}`)).statusCode, 400, query)
  }
})

t.test('with Accept: application/fhir+json the report is a bundle of AuditEvents', async (t) => {
  const { app, db, signIn } = await build(t)
  const [auditor, user] = [await signIn('auditor'), await signIn('user')]
  const id = await addRecord(db, sample)
  const read = await user.get(`/api/sample/${id}`)
  await app.inject({ url: `/api/sample/${id}`, remoteAddress: '192.0.2.7' })
  const report = await auditor.get(`/api/sample/${id}/access?limit=2`, { accept: 'application/fhir+json' })
  t.equal(report.headers['content-type'], 'application/fhir+json; charset=utf-8')
  const bundle = report.json()
  t.match(bundle, { resourceType: 'Bundle', type: 'searchset', entry: [{}, {}] })
  const [refused, granted] = bundle.entry.map(({ resource }: { resource: object }) => resource)
  t.match(granted, {
    resourceType: 'AuditEvent',
    type: { code: 'rest' },
    action: 'R',
    outcome: '0',
    recorded: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    source: { observer: { display: /:\d+:[\w.]+$/ } }
  })
  t.match(granted.agent.at(-1), { who: { display: user.username }, requestor: true, role: [{ text: 'user' }] })
  t.match(granted.entity, [{ what: { identifier: { system: 'sample', value: String(id) } } }, {}])
  t.match(granted.meta.profile, [/IHE\.BasicAudit\.Read$/])
  t.equal(granted.entity[1].what.identifier.value, read.headers['x-request-id'])
  t.match(refused, { outcome: '4', agent: [{ network: { address: '192.0.2.7', type: '2' } }, {}] })
  t.equal(refused.agent.length, 2, 'nobody was identified')
})
