// A body that names a field of another resource of the clinic, or a record that is only shown, is rejected.

import t from 'tap'
import { build } from '../support/app.ts'
import { addVisit } from '../support/clinic.ts'
import { invalidFields } from '../support/resource-contract/requests.ts'

t.test('a field of another resource is rejected by name, and nothing is stored [D4]', async (t) => {
  const { db, signIn } = await build(t)
  const client = await signIn('user')
  const { patient, appointment, category, measure, body } = await addVisit({ db })
  const shown = ['appointments', 'measures', 'category', 'patient']
  const cases: [path: string, id: number, body: object, change: object, fields: string[]][] = [
    ['patient', patient, { name: 'N', surname: 'S' }, { name: 'M' }, [...shown, 'patient_id']],
    ['appointment', appointment, { patient_id: patient, date: body.timestamp }, {}, [...shown, 'appointment_id']],
    ['measure', measure, body, { value: 5 }, [...shown, 'patient_id']],
    ['category', category, { name: 'N' }, { name: 'M' }, [...shown, 'patient_id']]
  ]
  for (const [path, id, valid, change, fields] of cases) {
    const url = `/api/${path}/${id}`
    const before = (await client.get(url)).payload
    const list = (await client.get(`/api/${path}/`)).payload
    for (const field of fields) {
      for (const value of [1, null, []]) {
        for (const response of [
          await client.post(`/api/${path}/`, { ...valid, [field]: value }),
          await client.put(url, { ...change, [field]: value })
        ]) {
          t.equal(response.statusCode, 400, `${path} with ${field}`)
          t.strictSame(invalidFields(response), [field])
        }
      }
    }
    t.equal((await client.get(url)).payload, before)
    t.equal((await client.get(`/api/${path}/`)).payload, list)
  }
})
