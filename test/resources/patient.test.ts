// The patients: the contract of every resource, with their appointments nested.

import t from 'tap'
import { build } from '../support/app.ts'
import { resourceContract } from '../support/resource-contract.ts'

resourceContract(t, {
  path: '/api/patient/',
  list: 'patients',
  roles: ['user'],
  body: () => ({ name: 'Ada', surname: 'Lovelace', birthday: '1815-12-10', comments: 'first' }),
  changes: { surname: 'King', birthday: '1852-11-27', comments: '' },
  invalid: {
    name: ['', 5, 'x'.repeat(201), '\0'],
    surname: ['', 5, 'x'.repeat(201), '\0'],
    birthday: ['2023-02-29', '', 5],
    comments: [5, 'x'.repeat(10_001), '\0']
  },
  nullable: ['birthday', 'comments'],
  shown: (body) => ({ ...body, appointments: [] }),
  ranges: ['birthday'],
  sort: ['surname', 'birthday']
})

t.test('a comment can be empty, which is not null [H7]', async (t) => {
  const user = await (await build(t)).signIn('user')
  const { id } = (await user.post('/api/patient/', { name: 'Ada', surname: 'Lovelace' })).json<{ id: number }>()
  for (const method of ['PUT', 'PATCH'] as const) {
    for (const comments of ['', null]) {
      t.match((await user.call(method, `/api/patient/${id}`, { comments })).json(), { comments })
      t.match((await user.get(`/api/patient/${id}`)).json(), { comments, name: 'Ada', birthday: null })
    }
  }
})

t.test('what is read and changed of appointments and measures is in the report about the patient', async (t) => {
  const { signIn } = await build(t)
  const [user, auditor] = [await signIn('user'), await signIn('auditor')]
  const add = async (path: string, body: object) => (await user.post(path, body)).json<{ id: number }>().id
  const patient_id = await add('/api/patient/', { name: 'Ada', surname: 'Lovelace' })
  const other = await add('/api/patient/', { name: 'Alan', surname: 'Turing' })
  const appointment_id = await add('/api/appointment/', { patient_id, date: '2024-02-29T09:30:00Z' })
  const category_id = await add('/api/category/', { name: 'Weight' })
  const measure = { value: 72.5, timestamp: '2024-02-29T09:30:00Z', appointment_id, category_id }
  const id = await add('/api/measure/', measure)
  await user.get(`/api/measure/${id}`)
  await user.get(`/api/measure/?appointment_id=${appointment_id}`)
  await user.call('PATCH', `/api/appointment/${appointment_id}`, { patient_id: other })
  await user.call('DELETE', `/api/measure/${id}`)

  const report = async (patient: number) => {
    const { accesses } = (await auditor.get(`/api/patient/${patient}/access`)).json<{ accesses: Access[] }>()
    return accesses.map(({ method, path }) => `${method} ${path}`).filter((line) => !line.endsWith('/access'))
  }
  const moved = `PATCH /api/appointment/${appointment_id}`
  t.same(await report(patient_id), [
    moved,
    'GET /api/measure/',
    `GET /api/measure/${id}`,
    'POST /api/measure/',
    'POST /api/appointment/',
    'POST /api/patient/'
  ])
  t.same(await report(other), [`DELETE /api/measure/${id}`, moved, 'POST /api/patient/'])

  const headers = { accept: 'application/fhir+json' }
  const { entry } = (await auditor.get(`/api/patient/${patient_id}/access`, headers)).json()
  const { resource } = entry.at(-1)
  t.match(resource.meta.profile, [/IHE\.BasicAudit\.PatientCreate$/])
  t.match(resource.entity[0], { what: { reference: `Patient/${patient_id}` }, role: { code: '1' } })
})

type Access = { method: string; path: string }
