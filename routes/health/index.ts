// For whoever watches over the process: whether it lives, and whether it can serve. Neither tells more than that.

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

  app.get('/live', options('Whether the process lives'), async function live() {
    return { status: 'ok' as const }
  })

  app.get('/ready', options('Whether it can serve'), async function ready() {
    if (app.stopping()) throw new Unavailable()
    await app.db.connection.ping().catch((cause) => {
      throw new Unavailable({ cause })
    })
    return { status: 'ok' as const }
  })
}

export default health
