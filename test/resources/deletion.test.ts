// Deletion in the clinic: what a patient, an appointment and a category take along, and what they do not.

import t from 'tap'
import { build } from '../support/app.ts'
import { addVisit, type Patient } from '../support/clinic.ts'

const { db, signIn } = await build(t)
const client = await signIn('user')

t.test('a deleted patient takes its appointments and measures along, and nothing else [H9]', async (t) => {
  const [gone, stays] = [await addVisit({ db }), await addVisit({ db })]
  await client.patch(`/api/measure/${stays.measure}`, { category_id: gone.category })
  t.equal((await client.delete(`/api/patient/${gone.patient}`)).statusCode, 200)
  for (const url of [`appointment/${gone.appointment}`, `measure/${gone.measure}`]) {
    t.equal((await client.get(`/api/${url}`)).statusCode, 404, url)
  }
  t.strictSame(await listedIds('appointment', `patient_id=${gone.patient}`), [])
  t.strictSame(await listedIds('measure', `appointment_id=${gone.appointment}`), [])
  t.strictSame(await listedIds('measure', `category_id=${gone.category}`), [stays.measure])

  t.equal((await client.delete(`/api/appointment/${stays.appointment}`)).statusCode, 200)
  t.equal((await client.get(`/api/measure/${stays.measure}`)).statusCode, 404, 'an appointment takes its measures')
  t.strictSame((await client.get(`/api/patient/${stays.patient}`)).json<Patient>().appointments, [])
})

t.test('a record added while its patient or category is deleted is never an orphan [H9]', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { patient, category, appointment, body } = await addVisit({ db })
    const responses = await Promise.all([
      client.post('/api/appointment/', { patient_id: patient, date: '2024-01-01T00:00:00Z' }),
      client.delete(`/api/patient/${patient}`),
      client.post('/api/measure/', body),
      client.delete(`/api/category/${category}`)
    ])
    const statuses = responses.map(({ statusCode }) => statusCode)
    t.ok(
      statuses.every((status) => status < 500),
      statuses.join(' ')
    )
    t.equal(statuses[1], 200)
    t.strictSame(await listedIds('appointment', `patient_id=${patient}`), [])
    t.strictSame(await listedIds('measure', `appointment_id=${appointment}`), [])
  }
})

/** Returns the ids in a filtered list. */
async function listedIds(path: 'appointment' | 'measure', query: string): Promise<number[] | undefined> {
  const response = await client.get(`/api/${path}/?${query}`)
  return response.json<Record<string, { id: number }[]>>()[`${path}s`]?.map(({ id }) => id)
}
