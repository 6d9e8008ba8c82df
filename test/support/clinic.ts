// Records of the clinic for tests, and how responses show them.

import { single } from '../../src/records.ts'
import { appointment, category, measure, patient } from '../../src/tables/clinic.ts'
import type { TestApp } from './app.ts'

export interface Measure {
  id: number
  marker: string | null
  value: number
  timestamp: string
  appointment_id: number
  category: { id: number; name: string }
}

export interface Appointment {
  id: number
  patient_id: number
  date: string
  measures: Measure[]
  measures_next: number | null
}

export interface Patient {
  id: number
  name: string
  surname: string
  birthday: string | null
  comments: string | null
  appointments: Appointment[]
  appointments_next: number | null
}

type Server = Pick<TestApp, 'db'>

/** Adds a patient and returns its id. */
export async function addPatient({ db }: Server): Promise<number> {
  return single(await db.insert(patient).values({ name: 'Luca', surname: 'Nastasi' }).returning()).id
}

/** Adds a category and returns its id. */
export async function addCategory({ db }: Server): Promise<number> {
  return single(await db.insert(category).values({ name: 'HR' }).returning()).id
}

/** Adds an appointment, of a new patient unless one is given, and returns its id. */
export async function addAppointment(server: Server, patient_id?: number): Promise<number> {
  const values = { patient_id: patient_id ?? (await addPatient(server)), date: '2024-01-01T00:00:00Z' }
  return single(await server.db.insert(appointment).values(values).returning()).id
}

/** Adds a patient with one appointment and one measure, in a category of its own. `body` is the measure's body. */
export async function addVisit(server: Server) {
  const patient = await addPatient(server)
  const appointment = await addAppointment(server, patient)
  const category = await addCategory(server)
  const body = {
    marker: null,
    value: 59,
    timestamp: '2024-01-01T11:24:59Z',
    appointment_id: appointment,
    category_id: category
  }
  const { id } = single(await server.db.insert(measure).values(body).returning())
  return { patient, appointment, category, body, measure: id }
}
