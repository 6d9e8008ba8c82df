// An example of an HTTP client: a small wrapper over fetch that logs in, sends the access token, refreshes it when it has
// expired, and logs out; then a tour of the API with it. Copy what is above the line.

type Json = Record<string, unknown>

/** What the server answered other than success; `body` as src/schemas.ts's ErrorBody tells it. */
export class ApiError extends Error {
  readonly status: number
  readonly body: Json

  constructor(status: number, body: Json) {
    super(`${status} ${body.message ?? ''}`)
    this.status = status
    this.body = body
  }
}

/** A client of the API at `baseUrl`. Its calls give the parsed JSON and throw ApiError for any answer but 2xx. */
export function createClient(baseUrl: string, onRefresh: () => void = () => {}) {
  let accessToken = ''
  let refreshToken = ''

  async function send<Answer>(method: string, path: string, token?: string, body?: unknown): Promise<Answer> {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' })
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    const answer = (await response.json()) as Json
    if (!response.ok) throw new ApiError(response.status, answer)
    return answer as Answer
  }

  return {
    /** Signs in; throws ApiError 401 when the name or password is wrong. */
    async login(username: string, password: string): Promise<void> {
      const tokens = await send<Json>('POST', '/api/auth/', undefined, { username, password })
      accessToken = String(tokens.access_token)
      refreshToken = String(tokens.refresh_token)
    },

    /** One call with the access token; when that has expired, it is refreshed once and the call made again. */
    async call<Answer = Json>(method: string, path: string, body?: unknown): Promise<Answer> {
      try {
        return await send<Answer>(method, path, accessToken, body)
      } catch (error) {
        if (!(error instanceof ApiError) || error.body.msg !== 'Token has expired') throw error
        const refreshed = await send<Json>('GET', '/api/auth/', refreshToken)
        accessToken = String(refreshed.access_token)
        onRefresh()
        return await send<Answer>(method, path, accessToken, body)
      }
    },

    /** Ends the refresh token and with it every access token that came from it. */
    logout: () => send('DELETE', '/api/auth/', refreshToken),

    /** A new access token for the refresh token, which stays as it is. */
    refresh: () => send('GET', '/api/auth/', refreshToken),

    /** When the access token expires, in milliseconds since 1970 (the `exp` claim, RFC 7519). */
    expiresAt: () => Number(JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).exp) * 1000
  }
}

// ---------------------------------------------------------------------------------------------------------------------

interface Patient extends Json {
  id: number
  name: string
  surname: string
}

if (import.meta.main) {
  const baseUrl = process.env.BASE_URL ?? 'http://localhost:5000'
  try {
    await tour(baseUrl)
  } catch (error) {
    const unreachable = error instanceof TypeError && error.cause instanceof Error
    console.error(unreachable ? `Nobody answers at ${baseUrl}; start the demo first: npm run demo` : error)
    process.exit(1)
  }
}

async function tour(baseUrl: string): Promise<void> {
  const client = createClient(baseUrl, () => console.log('  the access token has expired: refreshed, and asked again'))

  step('Log in as client')
  await client.login('client', '123456')

  step('List the patients')
  await list()

  step('Wait until the access token has expired')
  await countDown(client.expiresAt())

  step('List again')
  await list()

  step('Add a patient')
  const patient = await client.call<Patient>('POST', '/api/patient/', {
    name: 'Ada',
    surname: 'Byron',
    birthday: '1971-07-30T00:00:00'
  })
  show(patient)

  step('Rename it')
  show(await client.call('PUT', `/api/patient/${patient.id}`, { surname: 'Lovelace' }))

  step('Add an appointment, and a measure to it')
  const { categories } = await client.call<{ categories: { id: number }[] }>('GET', '/api/category/')
  const appointment = await client.call('POST', '/api/appointment/', {
    patient_id: patient.id,
    date: '2024-02-29T09:30:00Z'
  })
  await client.call('POST', '/api/measure/', {
    appointment_id: appointment.id,
    category_id: categories[0]?.id,
    value: 72.5,
    timestamp: '2024-02-29T09:41:00Z'
  })

  step('Read it back, with all that belongs to it')
  show(await client.call('GET', `/api/patient/${patient.id}`))

  step('Delete it')
  show(await client.call('DELETE', `/api/patient/${patient.id}`))

  step('Log out')
  show(await client.logout())

  step('Both tokens are dead now')
  console.log(`  access token:  ${await refusal(client.call('GET', '/api/patient/'))}`)
  console.log(`  refresh token: ${await refusal(client.refresh())}`)

  async function list(): Promise<void> {
    const { patients } = await client.call<{ patients: Patient[] }>('GET', '/api/patient/')
    for (const { id, name, surname } of patients) console.log(`  ${id}  ${name} ${surname}`)
  }
}

function step(title: string): void {
  console.log(`\n${title}`)
}

function show(answer: unknown): void {
  console.log(JSON.stringify(answer, null, 2).replace(/^/gm, '  '))
}

async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  }
  throw new Error('a token that should be dead was accepted')
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
