// What the server does by the clock: the clean-up of expired rows.

import { fastifySchedule } from '@fastify/schedule'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AsyncTask, SimpleIntervalJob } from 'toad-scheduler'
import { cleanUp } from '../src/clean-up.ts'
import type { Config } from '../src/config.ts'

async function scheduler(app: FastifyInstance, { config }: { config: Pick<Config, 'cleanupMinutes'> }) {
  await app.register(fastifySchedule)
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()

  const task = new AsyncTask(
    'clean-up',
    async () => {
      running = cleanUp(app.db, stopping.signal).then((deleted) => {
        if (deleted > 0) app.log.info({ deleted }, 'expired rows deleted')
      })
      await running
    },
    (error) => app.log.error({ err: error }, 'clean-up failed; the next run will try again')
  )
  const seconds = Math.max(1, Math.round(config.cleanupMinutes * 60))
  app.addHook('onReady', async () => {
    app.scheduler.addSimpleIntervalJob(
      new SimpleIntervalJob({ seconds, runImmediately: true }, task, { preventOverrun: true })
    )
  })

  app.addHook('onClose', async () => {
    stopping.abort()
    await running.catch(() => {})
  })
}

export default fp(scheduler, { name: 'scheduler', fastify: '5.x', dependencies: ['database'] })
