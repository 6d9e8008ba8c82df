// A whole list as lines of JSON: `GET …?format=ndjson`. The server sends itself a request for each slice, so each slice is
// authenticated, checked and logged like any other before its records leave, and a revoked token ends the lines.

import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { type TObject, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type ListResponse, NDJSON, recordsKey } from '../src/list-schemas.ts'

/** How many records are read at once. */
const SLICE = 200
/** How often a slice in the middle of a list is asked for, if it is refused because there is too much to do. */
const TRIES = 10

const Format = Type.Optional(
  Type.Unsafe<string>({
    type: 'string',
    enum: ['json', 'ndjson'],
    description: `With \`ndjson\`, the response is the whole list from here on, as \`${NDJSON}\`: a record on each line. If the connection ends without an end of the body, the list is not complete. \`limit\` and \`count\` have no effect.`,
    examples: ['json']
  })
)

type Slice = Awaited<ReturnType<FastifyInstance['inject']>>
type Query = { [name: string]: unknown; format?: string }

async function wholeLists(app: FastifyInstance) {
  app.addHook('onRoute', function addFormat(route: RouteOptions) {
    const response = (route.schema?.response as { 200?: TObject } | undefined)?.[200]
    const key = response && recordsKey(response)
    const query = route.schema?.querystring as TObject | undefined
    if (key === undefined || !query) return
    route.schema = {
      ...route.schema,
      querystring: { ...query, properties: { ...query.properties, format: Format } }
    }
    const { handler } = route
    const handlers = {
      [handler.name](this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
        const { format, ...asked } = request.query as Query
        return format === 'ndjson' ? sendWhole(request, reply, asked, key) : handler.call(this, request, reply)
      }
    }
    route.handler = handlers[handler.name] as RouteOptions['handler'] // the document is made from its name
  })
}

async function sendWhole(request: FastifyRequest, reply: FastifyReply, query: Query, key: string): Promise<unknown> {
  const readSlice = createSliceReader(request)
  const first = await readSlice(query)
  if (first.statusCode !== 200) {
    const { 'content-type': type, 'retry-after': wait } = first.headers
    if (wait !== undefined) reply.header('retry-after', wait)
    return reply.code(first.statusCode).header('content-type', type).serializer(String).send(first.payload)
  }
  reply.header('content-type', NDJSON)

  /** Yields the lines of each slice. Throws when one cannot be read: then the connection breaks, and the client knows. */
  async function* readLines(): AsyncGenerator<string> {
    const cursor = query.before !== undefined && query.after === undefined ? 'before' : 'after'
    for (let slice = first; ; ) {
      if (slice.statusCode !== 200) throw new Error(`a slice of the list got ${slice.statusCode}`)
      const body = slice.json<ListResponse>()
      const records = body[key] as object[]
      if (records.length > 0) yield `${records.map((record) => JSON.stringify(record)).join('\n')}\n`
      if (body.next === null) return
      slice = await readSlice({ ...query, [cursor]: body.next }, TRIES)
    }
  }
  return reply.send(Readable.from(request.method === 'HEAD' ? [] : readLines(), { highWaterMark: 1 }))
}

/** Returns a function that sends the request again as one for a slice. It tries so often while there is too much to do. */
function createSliceReader({ server, url, headers, raw }: FastifyRequest) {
  const { connection: _connection, 'if-none-match': _tag, 'accept-encoding': _encoding, ...sent } = headers
  const remoteAddress = raw.socket.remoteAddress as string // a closed socket no longer knows it

  return async ({ count: _count, ...query }: Query, tries = 1): Promise<Slice> => {
    const asked = Object.entries({ ...query, limit: SLICE }).map(([name, value]) => [name, String(value)])
    for (let left = tries; ; left--) {
      const slice = await server.inject({
        method: 'GET',
        url: url.split('?', 1)[0] as string,
        query: Object.fromEntries(asked),
        headers: sent as Record<string, string>,
        remoteAddress
      })
      const isRefused = slice.statusCode === 429 || slice.statusCode === 503
      if (!isRefused || left <= 1 || raw.socket.destroyed) return slice
      await delay(Number(slice.headers['retry-after'] ?? 1) * 1000)
    }
  }
}

export default fp(wholeLists, { name: 'whole-lists', fastify: '5.x' })
