// The server that the real one is compared with: plain Fastify routes that validate with the same schemas and send the same
// JSON through the same response schemas, without a database, tokens, roles or a log. The parent sends the responses.

import { once } from 'node:events'
import { Type } from '@sinclair/typebox'
import Fastify from 'fastify'
import { Patient, PatientBody } from '../routes/api/patient/schema.ts'
import { AccessToken, Credentials, TokenPair } from '../routes/auth/schema.ts'
import { formats } from '../src/formats.ts'
import { SliceQuery } from '../src/list-schemas.ts'
import { Changes, Id, Nullable, RecordPath } from '../src/schemas.ts'
import type { Samples } from './session.ts'

const [{ patient, lists, tokens, page }] = (await once(process, 'message')) as [Samples]

// Its cursors are ids: a cursor that can also be a text would be slow to serialize.
const PatientList = Type.Object({ patients: Type.Array(Patient), next: Nullable(Id) })

const app = Fastify({
  ajv: { customOptions: { formats, removeAdditional: false, allErrors: true } }
})

app.get(
  '/api/patient/',
  { schema: { querystring: SliceQuery({}), response: { 200: PatientList } } },
  async ({ query }) => lists[(query as { limit: number }).limit]
)
app.get('/api/patient/:id', { schema: { params: RecordPath, response: { 200: Patient } } }, async () => patient)
app.patch(
  '/api/patient/:id',
  { schema: { params: RecordPath, body: Changes(PatientBody, Patient), response: { 200: Patient } } },
  async ({ body }) => ({ ...patient, ...(body as object) })
)
app.get('/api/auth/', { schema: { response: { 200: AccessToken } } }, async () => tokens)
app.post('/api/auth/', { schema: { body: Credentials, response: { 200: TokenPair } } }, async () => tokens)
app.post('/api/auth/refresh', { schema: { response: { 200: TokenPair } } }, async () => tokens)
app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(page))

process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
process.once('disconnect', () => process.exit())
