// A write that repeats what must be unique is rejected, and the response names the fields and no value.

import t from 'tap'
import { build, execute, logRows } from '../support/app.ts'

const PART = { sample_id: 1, label: 'Scale', seen_at: '2024-02-29T09:30:00Z', amount: 72.5, count: 3, done: true }

const conflict = (...fields: string[]) => ({
  statusCode: 409,
  error: 'Conflict',
  message: 'This record already exists',
  code: 'ALREADY_EXISTS',
  details: fields.map((field) => ({ field, message: 'already exists' }))
})

t.test('a creation or update that repeats a unique value gets 409 with the name of the field', async (t) => {
  const { app, db, signIn } = await build(t)
  await execute(app.db, 'create unique index sample_name_unique on sample (name)')
  const user = await signIn('user')
  await user.post('/api/sample/', { name: 'Weight' })
  const { id } = (await user.post('/api/sample/', { name: 'Height' })).json<{ id: number }>()
  const url = `/api/sample/${id}`
  for (const response of [
    await user.post('/api/sample/', { name: 'Weight' }),
    await user.call('POST', '/api/sample/', { name: 'Weight' }, { 'idempotency-key': 'a' }),
    await user.put(url, { name: 'Weight' }),
    await user.patch(url, { name: 'Weight' }),
    await user.put(url, { name: 'Weight' }, { 'if-match': '"1"' })
  ]) {
    t.equal(response.statusCode, 409)
    t.strictSame(response.json(), conflict('name'))
  }
  t.equal((await user.put(url, { name: 'Height' })).statusCode, 200, 'its own value is no conflict')
  t.equal((await logRows(db)).filter(({ status }) => status === 409).length, 5)
})

t.test('where a combination must be unique, each of its fields has an entry', async (t) => {
  const { app, signIn } = await build(t)
  await execute(app.db, 'create unique index part_two on part (sample_id, label)')
  await execute(app.db, 'create unique index part_version on part (version, count)')
  const user = await signIn('user')
  await user.post('/api/sample/', { name: 'Weight' })
  await user.post('/api/part/', PART)
  const both = await user.post('/api/part/', { ...PART, count: 4 })
  t.strictSame(both.json(), conflict('sample_id', 'label'))
  const hidden = await user.post('/api/part/', { ...PART, label: 'Other' })
  t.strictSame(hidden.json(), conflict('count'), 'a column that is no field is not named')
  const other = await user.post('/api/part/', { ...PART, label: 'Other', count: 5 })
  const update = await user.patch(`/api/part/${other.json<{ id: number }>().id}`, { label: 'Scale' })
  t.strictSame(update.json(), conflict('sample_id', 'label'), 'also those that the update leaves out')
})

t.test('the record behind a conflict stays unknown, and so do values that look like names of columns', async (t) => {
  const { app, signIn } = await build(t)
  await execute(app.db, 'create unique index part_note on part (note)')
  await execute(app.db, 'create unique index sample_lower on sample (lower(name))')
  const user = await signIn('user')
  await user.post('/api/sample/', { name: '(note)=(secret)' })
  for (const note of ['(label)=(secret)', 'sample.label', '") = (label)']) {
    await user.post('/api/part/', { ...PART, note })
    t.strictSame((await user.post('/api/part/', { ...PART, note })).json(), conflict('note'), note)
  }
  const { details, ...rest } = conflict()
  t.strictSame((await user.post('/api/sample/', { name: '(NOTE)=(secret)' })).json(), rest, 'computed: no details')
})

t.test('a record that others refer to still gets 409 without details', async (t) => {
  const { signIn } = await build(t)
  const user = await signIn('user')
  await user.post('/api/sample/', { name: 'Weight' })
  await user.post('/api/part/', PART)
  const response = await user.delete('/api/sample/1')
  t.equal(response.statusCode, 409)
  t.match(response.json(), { code: 'IN_USE' })
  t.notOk('details' in response.json())
})
