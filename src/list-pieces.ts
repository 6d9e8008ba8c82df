// Long lists are serialized in pieces. Serializing the long texts of a thousand records in one go would block every other
// request.

import type { TArray, TObject } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createPauses } from './pauses.ts'
import { serializeOnce } from './sent-records.ts'

/** preSerialization hook: serializes a payload `{ <records>, next, count }` with the schema of a record. Leaves others alone. */
export function serializeInPieces(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void
): void {
  const isList = typeof payload === 'object' && payload !== null && 'next' in payload
  if (isList) serializeList(reply, payload).then((result) => done(null, result), done)
  else done(null, payload)
}

async function serializeList(reply: FastifyReply, payload: object): Promise<unknown> {
  const [[name, records] = [], ...others] = Object.entries(payload)
  if (name === undefined || !Array.isArray(records) || others.some(([key]) => !/^(next|count)$/.test(key)))
    return payload
  const schemas = reply.routeOptions.schema?.response as Record<number, TObject<Record<string, TArray>>> | undefined
  const record = schemas?.[200]?.properties[name]?.items
  if (!record) return payload

  const serialize = reply.getSerializationFunction(record) ?? reply.compileSerializationSchema(record)
  const texts: string[] = []
  const pause = createPauses()
  for (const row of records) {
    texts.push(serializeOnce(serialize, row).text)
    const pausing = pause()
    if (pausing) await pausing
  }
  const rest = JSON.stringify(Object.fromEntries(others)).slice(1)
  const text = `{"${name}":[${texts.join()}],${rest}`
  reply.serializer(() => text)
  return payload
}
