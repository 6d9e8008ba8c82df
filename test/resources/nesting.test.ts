// The records that the clinic nests in others.

import t from 'tap'
import { build } from '../support/app.ts'
import { addVisit, type Patient } from '../support/clinic.ts'

t.test('a patient shows its appointments, their measures and categories in the order of ids [D7, H13]', async (t) => {
  const { db, signIn } = await build(t)
  const user = await signIn('user')
  const { patient, appointment, category, measure: deleted } = await addVisit({ db })
  await user.delete(`/api/measure/${deleted}`)
  const add = async (path: string, body: object) => {
    return (await user.post(`/api/${path}/`, body)).json<{ id: number }>().id
  }
  const second = await add('appointment', { patient_id: patient, date: '2020-01-01T00:00:00Z' })
  const measures = [3, 1, 2].map((value) => ({ value, timestamp: '2024-01-01T00:00:00Z', category_id: category }))
  const ids: number[] = []
  for (const measure of measures) ids.push(await add('measure', { ...measure, appointment_id: appointment }))

  const read = (await user.get(`/api/patient/${patient}`)).json<Patient>()
  t.strictSame(
    read.appointments.map(({ id }) => id),
    [appointment, second]
  )
  t.strictSame(
    read.appointments[0]?.measures,
    measures.map(({ value, timestamp }, index) => ({
      id: ids[index],
      marker: null,
      value,
      timestamp,
      appointment_id: appointment,
      category: { id: category, name: 'HR' }
    })),
    'with exactly the fields of a measure, numbers as numbers'
  )
  t.strictSame(read.appointments[1]?.measures, [])
  t.strictSame(read.appointments[0], (await user.get(`/api/appointment/${appointment}`)).json())
  const list = (await user.get('/api/patient/?limit=1')).json<{ patients: Patient[] }>()
  t.strictSame(list.patients, [read], 'a list nests the same records')
})

t.test(
  'a read with If-None-Match gets 200 when only a nested record has changed, and If-Match ignores that',
  async (t) => {
    const { db, signIn } = await build(t)
    const user = await signIn('user')
    const { patient, appointment, category, measure } = await addVisit({ db })
    const url = `/api/patient/${patient}`
    const first = (await user.get(url)).headers.etag
    let etag = String(first)
    for (const change of [
      () => user.put(`/api/measure/${measure}`, { value: 77 }),
      () => user.put(`/api/category/${category}`, { name: 'Pulse' }),
      () => user.post('/api/appointment/', { patient_id: patient, date: '2020-01-01T00:00:00Z' }),
      () => user.delete(`/api/appointment/${appointment}`)
    ]) {
      t.equal((await user.get(url, { 'if-none-match': etag })).statusCode, 304)
      t.ok((await change()).statusCode < 300)
      const read = await user.get(url, { 'if-none-match': etag })
      t.equal(read.statusCode, 200)
      t.not(read.headers.etag, etag)
      etag = String(read.headers.etag)
    }
    const write = await user.put(url, { name: 'Ada' }, { 'if-match': String(first) })
    t.equal(write.statusCode, 200, 'the patient itself had not changed')
    t.equal((await user.put(url, { name: 'Eva' }, { 'if-match': etag })).statusCode, 412)
  }
)

t.test('a nested record is the same text on both engines, and as when it is read alone [H14]', async (t) => {
  const { signIn } = await build(t)
  const user = await signIn('user')
  const add = async (path: string, body: object) => {
    const response = await user.post(`/api/${path}/`, body)
    t.equal(response.statusCode, 201, response.payload)
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
    measures: shown.filter(({ appointment_id }) => appointment_id === index + 1),
    measures_next: null
  }))
  const patient = { id: 1, ...person, appointments, appointments_next: null }
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
})
