// Health checks: whether the process lives, and whether it can serve requests. They reveal nothing else.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Unavailable } from '../../src/errors.ts'

const Health = Type.Object({ status: Type.Literal('ok') }, { title: 'Health' })

const health: FastifyPluginAsyncTypebox = async (app) => {
  const options = (summary: string) =>
    ({
      config: { policy: 'public', answersUnlogged: true },
      schema: { summary, response: { 200: Health } }
    }) as const

  app.get('/live', options('Check that the process is alive'), async function live() {
    return { status: 'ok' as const }
  })

  app.get('/ready', options('Check that the server can serve requests'), async function ready() {
    if (app.stopping()) throw new Unavailable()
    await app.db.connection.ping().catch((cause) => {
      throw new Unavailable({ cause })
    })
    return { status: 'ok' as const }
  })
}

export default health
