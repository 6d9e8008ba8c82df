// For whoever watches over the process: whether it lives, and whether it can serve. Neither tells more than that.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Unavailable } from '../../src/errors.ts'

const Health = Type.Object({ status: Type.Literal('ok') })

const health: FastifyPluginAsyncTypebox = async (app) => {
  const options = {
    config: { policy: 'public', answersUnlogged: true },
    schema: { response: { 200: Health } }
  } as const

  app.get('/live', options, async function live() {
    return { status: 'ok' as const }
  })

  app.get('/ready', options, async function ready() {
    if (app.stopping()) throw new Unavailable()
    await app.db.connection.ping().catch((cause) => {
      throw new Unavailable({ cause })
    })
    return { status: 'ok' as const }
  })
}

export default health
