// Who has had access to the data of a subject: what the access log says about it, for auditors. A resource whose records are
// subjects adds it with one line.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { getTableName } from 'drizzle-orm'
import { auditBundle, FHIR_JSON } from '../../plugins/access-log/audit-event.ts'
import { parsePlace, searchLog } from '../../plugins/access-log/search.ts'
import { invalidFields } from '../../src/errors.ts'
import { Choice } from '../../src/field-schemas.ts'
import type { RecordTable } from '../../src/nested.ts'
import { Id, Instant, Nullable, RecordPath, Strict, Text } from '../../src/schemas.ts'
import { AUDITOR } from '../../src/tables/account.ts'

const MAX_ROWS = 1000

const Place = { ...Text(50), examples: ['17'] }

const Entry = Type.Object(
  {
    time: Instant,
    user: { ...Text(64), description: 'The name that the account had. `Anonymous` when nobody was identified.' },
    user_id: Nullable(Id),
    roles: Type.Array(Text(32), { maxItems: 1000, description: 'The roles that the account held.' }),
    address: { ...Text(45), description: 'The IP address of the client.' },
    action: Nullable(Choice('create', 'read', 'update', 'delete', 'execute')),
    method: Text(100),
    path: Text(1000),
    outcome: Nullable(Choice('success', 'refused', 'invalid', 'failed', 'aborted')),
    status: Type.Integer({ format: 'int32', minimum: 100, maximum: 599, examples: [200] }),
    request_id: Text(100)
  },
  { title: 'AccessReportEntry' }
)

const AccessReport = Type.Object(
  {
    accesses: Type.Array(Entry, { maxItems: MAX_ROWS }),
    next: Nullable({ ...Place, description: 'Send it as `before` to get older ones. Null when there are none.' })
  },
  { title: 'AccessReport' }
)

const ReportQuery = Strict({
  limit: Type.Integer({
    minimum: 1,
    maximum: MAX_ROWS,
    default: 100,
    format: 'int32',
    description: 'The maximum number of rows in this slice.'
  }),
  before: Type.Optional({ ...Place, description: 'The `next` of the previous slice.' })
})

interface Options {
  /** The table of the subjects. */
  subject: RecordTable
  /** The type of the subjects in FHIR, if they are those whose health care is documented. */
  fhirType?: string
}

/** Adds the report about the records of a table to the scope of their resource. */
const accessReport: FastifyPluginAsyncTypebox<Options> = async (app, { subject, fhirType }) => {
  const type = getTableName(subject)
  app.get(
    '/:id/access',
    {
      config: { policy: [AUDITOR] },
      schema: {
        summary: 'Report who has had access, the latest first',
        description: `Rows of the access log. With \`Accept: ${FHIR_JSON}\` it is a Bundle of FHIR R4 AuditEvents.`,
        params: RecordPath,
        querystring: ReportQuery,
        response: { 200: AccessReport }
      }
    },
    async function report(request, reply) {
      const { id } = request.params
      const { limit } = request.query
      const before = request.query.before === undefined ? undefined : parsePlace(request.query.before)
      if (request.query.before !== undefined && before === undefined) {
        throw invalidFields([{ field: 'before', message: 'must be the `next` of a slice' }])
      }
      const { rows, next } = await searchLog(app.db, { subject: { type, id } }, { before, limit })
      const cursor = next === null ? null : String(next)
      if (request.headers.accept?.includes(FHIR_JSON)) {
        const path = request.url.split('?', 1)[0]
        const links = cursor ? [{ relation: 'next', url: `${path}?limit=${limit}&before=${cursor}` }] : []
        reply.header('content-type', `${FHIR_JSON}; charset=utf-8`).header('vary', 'Accept')
        return reply.serializer(JSON.stringify).send(auditBundle(rows, { type, id, fhirType }, links) as never)
      }
      const accesses = rows.map(({ username, roles, ...row }) => ({
        ...row,
        user: username,
        roles: roles ? roles.split(' ') : []
      }))
      return { accesses, next: cursor }
    }
  )
}

export default accessReport
