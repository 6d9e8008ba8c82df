// Texts: what is accepted is read back equal, and lengths are counted in code points.

import fc from 'fast-check'
import t, { type Test } from 'tap'
import { build } from '../support/app.ts'
import { addVisit, type Patient } from '../support/clinic.ts'
import { HOSTILE_TEXTS, invalidFields } from '../support/resource-contract/requests.ts'

const { db, signIn } = await build(t)
const client = await signIn('user')

t.test('text that is valid Unicode without NUL is read back equal [H4]', async (t) => {
  const texts = [
    ...['👩🏽‍⚕️', 'שלום \u202eabc', 'e\u0301 é', '\u{10ffff}', '\ufffe\uffff', '𝒳', ' x ', '\t\r\n'],
    ...['\u2028', 'ﬃ', '\u0001']
  ]
  const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).filter((text) => !text.includes('\0'))
  for (const text of [...texts, ...fc.sample(any, { numRuns: 20, seed: 4 })]) await readsBack(t, text)
})

t.test('text with SQL or a pattern in it is only text [H11]', async (t) => {
  for (const text of ['1;DROP TABLE patient', ...HOSTILE_TEXTS]) await readsBack(t, text.slice(0, 200))
})

t.test('the length of a text is counted in code points [H4]', async (t) => {
  const { body } = await addVisit({ db })
  const person = { name: 'N', surname: 'S' }
  const limits: [path: string, body: object, field: string, shortest: number, longest: number][] = [
    ['patient', person, 'name', 1, 200],
    ['patient', person, 'surname', 1, 200],
    ['patient', person, 'comments', 0, 10_000],
    ['measure', body, 'marker', 0, 200],
    ['category', {}, 'name', 1, 100]
  ]
  for (const [path, rest, field, shortest, longest] of limits) {
    for (const letter of ['x', '😀']) {
      for (const length of [shortest, longest]) {
        const text = letter.repeat(length)
        const created = await client.post(`/api/${path}/`, { ...rest, [field]: text })
        t.equal(created.statusCode, 201, `${path}.${field} of ${length} ${letter}`)
        t.equal(created.json<Record<string, unknown>>()[field], text)
      }
      for (const length of [shortest - 1, longest + 1].filter((number) => number >= 0)) {
        const rejected = await client.post(`/api/${path}/`, { ...rest, [field]: letter.repeat(length) })
        t.equal(rejected.statusCode, 400, `${path}.${field} of ${length} ${letter}`)
        t.strictSame(invalidFields(rejected), [field])
      }
    }
  }
})

/** Stores a text in every text field of a patient and compares it with what is read. */
async function readsBack(t: Test, text: string): Promise<void> {
  const texts = { name: text, surname: text, comments: text }
  const created = (await client.post('/api/patient/', texts)).json<Patient>()
  const read = (await client.get(`/api/patient/${created.id}`)).json<Patient>()
  for (const { name, surname, comments } of [created, read]) {
    t.strictSame({ name, surname, comments }, texts, encodeURIComponent(text))
  }
}
