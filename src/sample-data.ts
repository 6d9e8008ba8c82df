// The sample data of the demo: the clinic's first patient.

import { run, type Steps, type Transaction } from './db.ts'
import { only } from './records.ts'
import { appointment, category, measure, patient } from './tables/clinic.ts'

/** Adds a patient with an appointment and what was measured there, unless there are patients already. */
export function* sampleData(tx: Transaction): Steps<void> {
  const [somebody] = yield* run(tx.select().from(patient).limit(1))
  if (somebody) return

  const heartRate = only(yield* run(tx.insert(category).values({ name: 'HR' }).returning()))
  yield* run(tx.insert(category).values({ name: 'Blood Pressure' }))
  const luca = only(
    yield* run(tx.insert(patient).values({ name: 'Luca', surname: 'Nastasi', birthday: '1997-07-28' }).returning())
  )
  const visit = only(
    yield* run(tx.insert(appointment).values({ patient_id: luca.id, date: '2024-01-01T00:00:00Z' }).returning())
  )
  const measured = { appointment_id: visit.id, category_id: heartRate.id, timestamp: '2024-01-01T11:24:59Z' }
  yield* run(
    tx.insert(measure).values([
      { ...measured, value: 59 },
      { ...measured, value: 66 }
    ])
  )
}
