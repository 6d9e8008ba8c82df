// Numbers: a value is rejected, or it is read back to the bit in every response that shows it.

import fc from 'fast-check'
import t from 'tap'
import { build } from '../support/app.ts'
import { type Appointment, addVisit, type Measure, type Patient } from '../support/clinic.ts'
import { jsonSender, withJson } from '../support/resource-contract/requests.ts'

const { app, db, signIn } = await build(t)
const client = await signIn('user')
const sendText = jsonSender(app, client)

t.test('a number is rejected, or read back to the bit wherever it is shown [H2]', async (t) => {
  const { patient, appointment, body } = await addVisit({ db })
  const accepted = [
    ...['0', '0.1', '59', '59.0', '59.123456789012345', '0.30000000000000004', '5e-324', '-5e-324'],
    ...['2.2250738585072014e-308', '1e-7', '123456789.12345679', '9007199254740991', '-9007199254740991']
  ]
  for (const value of accepted) {
    const created = await sendText('POST', '/api/measure/', withJson(body, 'value', value))
    t.equal(created.statusCode, 201, value)
    for (const [where, shown] of Object.entries(await everywhere(patient, appointment, created.json<Measure>()))) {
      t.ok(Object.is(shown, JSON.parse(value)), `${value} in the ${where}, which shows ${shown}`)
    }
  }
  const rejected = [
    ...['1e400', '-1e400', '-0', '-0.0', '9007199254740992', '9007199254740993', '-9007199254740993', '1e308'],
    ...['NaN', 'Infinity', '0x10', '1.', '.5', '01', '+1']
  ]
  for (const value of rejected) {
    t.equal((await sendText('POST', '/api/measure/', withJson(body, 'value', value))).statusCode, 400, value)
  }
})

t.test('any double in the accepted range is read back to the bit wherever it is shown [H2]', async (t) => {
  const MAX = Number.MAX_SAFE_INTEGER
  const doubles = fc.double({ min: -MAX, max: MAX, noNaN: true }).filter((value) => !Object.is(value, -0))
  const property = fc.asyncProperty(fc.array(doubles, { minLength: 20, maxLength: 20 }), async (values) => {
    const { patient, appointment, body } = await addVisit({ db })
    for (const value of values) {
      const created = (await client.post('/api/measure/', { ...body, value })).json<Measure>()
      const shown = await everywhere(patient, appointment, created)
      if (!Object.values(shown).every((number) => Object.is(number, value))) throw new Error(JSON.stringify(shown))
    }
  })
  await t.resolves(fc.assert(property, { numRuns: 4, endOnFailure: true }))
})

/** Returns the value of a new measure in every response that shows it. */
async function everywhere(patient: number, appointment: number, created: Measure) {
  const { id } = created
  const list = await client.get(`/api/measure/?appointment_id=${appointment}&after=${id - 1}`)
  const valueIn = (measures: Measure[] | undefined) => measures?.find((measure) => measure.id === id)?.value
  return {
    'response to POST': created.value,
    measure: (await client.get(`/api/measure/${id}`)).json<Measure>().value,
    list: valueIn(list.json<{ measures: Measure[] }>().measures),
    appointment: valueIn((await client.get(`/api/appointment/${appointment}`)).json<Appointment>().measures),
    patient: valueIn((await client.get(`/api/patient/${patient}`)).json<Patient>().appointments[0]?.measures)
  }
}
