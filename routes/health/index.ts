// Health checks: whether the process lives, and whether it can serve requests. They reveal nothing else.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Unavailable } from '../../src/errors.ts'

const Health = Type.Object({ status: Type.Literal('ok') }, { title: 'Health' })

/** How long the result of a check holds, in milliseconds. Everybody can ask for it. */
const CHECK_INTERVAL = 1_000

const health: FastifyPluginAsyncTypebox = async (app) => {
  const options = (summary: string) =>
    ({
      config: { policy: 'public', answersUnlogged: true },
      schema: { summary, response: { 200: Health } }
    }) as const

  const checkDatabase = atIntervals(() => app.db.connection.ping())

  app.get('/live', options('Check that the process is alive'), async function live() {
    return { status: 'ok' as const }
  })

  app.get('/ready', options('Check that the server can serve requests'), async function ready() {
    if (app.stopping()) throw new Unavailable()
    await checkDatabase().catch((cause) => {
      throw new Unavailable({ cause })
    })
    return { status: 'ok' as const }
  })
}

/** Returns `check`, whose calls within a second after its end share its result. */
function atIntervals(check: () => Promise<void>): () => Promise<void> {
  let latest: Promise<void> | undefined
  const forget = () => {
    latest = undefined
  }
  return () => {
    latest ??= check().finally(() => setTimeout(forget, CHECK_INTERVAL).unref())
    return latest
  }
}

export default health
