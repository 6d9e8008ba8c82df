// Records with more nested records than one response shows.

import t from 'tap'
import { appointment, measure } from '../../src/tables/clinic.ts'
import { build, type TestApp } from '../support/app.ts'
import { type Appointment, addCategory, addPatient, type Patient } from '../support/clinic.ts'

const TIME = '2024-01-01T00:00:00Z'
const PIECE = 2000 // rows of one insert

t.test('a record shows the 100 newest of its records, and cursors lead to all others [L8, H12]', async (t) => {
  const server = await build(t)
  const user = await server.signIn('user')
  const patient = await addPatient(server)
  const appointments = await addAppointments(server, patient, 101)
  const newest = appointments.at(-1) ?? 0
  const measures = await addMeasures(server, [newest], 305)
  await addMeasures(server, appointments.slice(0, 1), 3)

  const read = (await user.get(`/api/patient/${patient}`)).json<Patient>()
  t.strictSame(idsOf(read.appointments), appointments.slice(1))
  t.equal(read.appointments_next, appointments[1])
  const shown = read.appointments.at(-1)
  t.strictSame(idsOf(shown?.measures ?? []), measures.slice(-100))
  t.equal(shown?.measures_next, measures.at(-100))
  t.equal(read.appointments[0]?.measures_next, null)
  t.strictSame((await user.get('/api/patient/')).json(), { patients: [read], next: null })
  t.strictSame((await user.get(`/api/appointment/${newest}`)).json(), shown)
  t.strictSame((await user.get(`/api/appointment/?after=${newest - 1}`)).json(), { appointments: [shown], next: null })

  const rest = `/api/appointment/?patient_id=${patient}&before=${read.appointments_next}`
  const { appointments: older, next } = (await user.get(rest)).json<{ appointments: Appointment[]; next: null }>()
  t.strictSame(idsOf(older), appointments.slice(0, 1))
  t.equal(next, null)
  const seen = idsOf(shown?.measures ?? [])
  for (let before: number | null = shown?.measures_next ?? null; before !== null; ) {
    const url = `/api/measure/?appointment_id=${newest}&before=${before}`
    const slice: { measures: { id: number }[]; next: number | null } = (await user.get(url)).json()
    seen.unshift(...idsOf(slice.measures))
    before = slice.next
  }
  t.strictSame(seen, measures, 'without gap or repetition')
})

t.test('exactly 100 nested records are all that there are', async (t) => {
  const server = await build(t)
  const user = await server.signIn('user')
  const patient = await addPatient(server)
  const [first = 0] = await addAppointments(server, patient, 100)
  const measures = await addMeasures(server, [first], 100)
  for (const read of [
    (await user.get(`/api/patient/${patient}`)).json<Patient>(),
    (await user.get('/api/patient/')).json<{ patients: [Patient] }>().patients[0]
  ]) {
    t.equal(read.appointments_next, null)
    t.equal(read.appointments[0]?.measures_next, null)
    t.strictSame(idsOf(read.appointments[0]?.measures ?? []), measures)
  }
})

t.test('a slice ends before it has more than 10,000 nested records, and the next goes on [L8]', async (t) => {
  const server = await build(t)
  const user = await server.signIn('user')
  const patients: number[] = []
  for (let count = 0; count < 4; count++) {
    patients.push(await addPatient(server))
    await addMeasures(server, await addAppointments(server, patients.at(-1) ?? 0, 33), 100)
  }
  const seen: number[] = []
  const sizes: number[] = []
  for (let after: number | null = 0; after !== null; ) {
    const url: string = `/api/patient/?limit=1000${after ? `&after=${after}` : ''}`
    const slice = (await user.get(url)).json<{ patients: Patient[]; next: number | null }>()
    seen.push(...idsOf(slice.patients))
    sizes.push(slice.patients.length)
    for (const { appointments } of slice.patients) t.equal(countNested(appointments), 33 * 101)
    after = slice.next
  }
  t.strictSame(seen, patients)
  t.strictSame(sizes, [3, 1])

  const { appointments, next } = (await user.get('/api/appointment/?limit=1000')).json<{
    appointments: Appointment[]
    next: number
  }>()
  t.equal(appointments.length, 100, 'which have 10,000 measures')
  t.equal(next, appointments.at(-1)?.id)
})

t.test('one patient with more than 10,000 nested records shows fewer appointments [L8]', async (t) => {
  const server = await build(t)
  const user = await server.signIn('user')
  const patient = await addPatient(server)
  const appointments = await addAppointments(server, patient, 100)
  await addMeasures(server, appointments, 101)
  const next = await addPatient(server)

  const read = (await user.get(`/api/patient/${patient}`)).json<Patient>()
  t.strictSame(idsOf(read.appointments), appointments.slice(1), '99 with 100 measures each are 9,999 records')
  t.equal(read.appointments_next, appointments[1])
  const list = (await user.get('/api/patient/')).json<{ patients: Patient[]; next: number | null }>()
  t.strictSame(list, { patients: [read], next: patient })
  const rest = (await user.get(`/api/patient/?after=${list.next}`)).json<{ patients: Patient[] }>()
  t.strictSame(idsOf(rest.patients), [next])
})

async function addAppointments({ db }: TestApp, patient_id: number, count: number): Promise<number[]> {
  const rows = Array.from({ length: count }, () => ({ patient_id, date: TIME }))
  return idsOf(await db.insert(appointment).values(rows).returning())
}

/** Adds this many measures to each appointment and returns their ids. */
async function addMeasures(server: TestApp, appointments: number[], count: number): Promise<number[]> {
  const category_id = await addCategory(server)
  const rows = appointments.flatMap((appointment_id) =>
    Array.from({ length: count }, (_, value) => ({ value, timestamp: TIME, appointment_id, category_id }))
  )
  const ids: number[] = []
  for (let start = 0; start < rows.length; start += PIECE) {
    ids.push(
      ...idsOf(
        await server.db
          .insert(measure)
          .values(rows.slice(start, start + PIECE))
          .returning()
      )
    )
  }
  return ids
}

function idsOf(records: { id: number }[]): number[] {
  return records.map(({ id }) => id).sort((a, b) => a - b)
}

function countNested(appointments: Appointment[]): number {
  return appointments.reduce((sum, { measures }) => sum + 1 + measures.length, 0)
}
