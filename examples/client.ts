// A tour of the API with the typed client: log in, list, wait until the access token has expired, list again, add, change,
// delete, log out.

import { ApiError, answerOf, createClient, memoryStore } from '../client/index.ts'

const baseUrl = process.env.BASE_URL ?? 'http://localhost:5000'
const store = memoryStore()
const client = createClient(baseUrl, {
  store,
  onRefresh: () => console.log('  the access token had expired: it was refreshed, and the call repeated')
})

try {
  await tour()
} catch (error) {
  const { cause } = error as { cause?: { code?: string } }
  const unreachable = error instanceof TypeError && cause !== undefined && cause.code !== 'ERR_INVALID_URL'
  console.error(unreachable ? `There is no server at ${baseUrl}. Start the demo first: npm run demo` : error)
  process.exit(1)
}

async function tour(): Promise<void> {
  step('Log in as client')
  await client.login('client', '123456')

  step('List the patients')
  await list()

  step('Wait until the access token has expired')
  await countDown(await client.expiresAt())

  step('List again')
  await list()

  step('Add a patient')
  const patient = await answerOf(
    client.POST('/api/patient/', { body: { name: 'Ada', surname: 'Byron', birthday: '1971-07-30T00:00:00' } })
  )
  show(patient)

  step('Rename the patient')
  const named = { params: { path: { id: patient.id } } }
  show(await answerOf(client.PUT('/api/patient/{id}', { ...named, body: { surname: 'Lovelace' } })))

  step('Add an appointment, and a measure to it')
  const { categories } = await answerOf(client.GET('/api/category/'))
  const appointment = await answerOf(
    client.POST('/api/appointment/', { body: { patient_id: patient.id, date: '2024-02-29T09:30:00Z' } })
  )
  const measure = { appointment_id: appointment.id, category_id: categories[0]?.id ?? 0 }
  await answerOf(client.POST('/api/measure/', { body: { ...measure, value: 72.5, timestamp: '2024-02-29T09:41:00Z' } }))

  step('Read the patient with the appointment and the measure')
  show(await answerOf(client.GET('/api/patient/{id}', named)))

  step('Delete the patient')
  show(await answerOf(client.DELETE('/api/patient/{id}', named)))

  step('Log out')
  const tokens = await store.get()
  show(await client.logout())

  step('The client has forgotten the tokens, and a copy of them is worth nothing')
  const withCopy = () => createClient(baseUrl, { store: memoryStore(tokens) })
  console.log(`  the client:        ${await refusal(answerOf(client.GET('/api/patient/')))}`)
  console.log(`  its access token:  ${await refusal(answerOf(withCopy().GET('/api/patient/')))}`)
  console.log(`  its refresh token: ${await refusal(withCopy().refresh())}`)
}

async function list(): Promise<void> {
  for await (const { id, name, surname } of client.list('/api/patient/')) console.log(`  ${id}  ${name} ${surname}`)
}

function step(title: string): void {
  console.log(`\n${title}`)
}

function show(response: unknown): void {
  console.log(JSON.stringify(response, null, 2).replace(/^/gm, '  '))
}

async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  }
  throw new Error('a revoked token was accepted')
}

async function countDown(end: number): Promise<void> {
  const rewrite = process.stdout.isTTY
  for (let left = end - Date.now(); left > 0; left = end - Date.now()) {
    const line = `  ${Math.ceil(left / 1000)} s `
    if (rewrite) process.stdout.write(`\r${line}`)
    else console.log(line)
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, rewrite ? 1_000 : 5_000)))
  }
  if (rewrite) process.stdout.write('\r')
}
