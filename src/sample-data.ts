// The sample data of the demo: the clinic's first patient.

import type { Transaction } from './database/db.ts'
import { single } from './records.ts'
import { appointment, category, measure, patient } from './tables/clinic.ts'

/** Adds a patient with an appointment and two measures, unless there are patients already. */
export async function addSampleData(tx: Transaction): Promise<void> {
  const [existing] = await tx.select().from(patient).limit(1)
  if (existing) return

  const heartRate = single(await tx.insert(category).values({ name: 'HR' }).returning())
  await tx.insert(category).values({ name: 'Blood Pressure' })
  const luca = single(
    await tx.insert(patient).values({ name: 'Luca', surname: 'Nastasi', birthday: '1997-07-28' }).returning()
  )
  const visit = single(
    await tx.insert(appointment).values({ patient_id: luca.id, date: '2024-01-01T00:00:00Z' }).returning()
  )
  const measured = { appointment_id: visit.id, category_id: heartRate.id, timestamp: '2024-01-01T11:24:59Z' }
  await tx.insert(measure).values([
    { ...measured, value: 59 },
    { ...measured, value: 66 }
  ])
}
