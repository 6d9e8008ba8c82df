// Runs jobs at intervals, such as the deletion of expired rows. The list of jobs is below.

import { fastifySchedule } from '@fastify/schedule'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AsyncTask, SimpleIntervalJob } from 'toad-scheduler'
import type { Config } from '../../src/config.ts'
import { searchables } from '../../src/database/db.ts'
import { followAllChanges } from '../../src/search/word-index.ts'
import { sealFoundRows } from '../access-log/found-rows.ts'
import { removeOldLogRows } from '../access-log/retention.ts'
import { cleanUp } from './clean-up.ts'
import { reportUnsendableTimes } from './unsendable-times.ts'

interface Job {
  name: string
  /** Minutes between two runs. The first run is at the start of the server. */
  every: number
  /** Every instance runs it, so it takes a lock where only one may work. Returns how many rows it changed. */
  run(app: FastifyInstance, signal: AbortSignal): Promise<number>
}

type JobsConfig = Pick<Config, 'cleanupMinutes' | 'accessLogRetentionDays'>

const jobs = (config: JobsConfig): Job[] => [
  { name: 'clean-up', every: config.cleanupMinutes, run: (app, signal) => cleanUp(app.db, signal) },
  { name: 'search-index', every: 1, run: ({ db }, signal) => followAllChanges(db, searchables, signal) },
  { name: 'unsealed-rows', every: 1, run: sealFoundRows },
  {
    name: 'old-access-log-rows',
    every: 60,
    run: (app, signal) => removeOldLogRows(app, config.accessLogRetentionDays, signal)
  },
  { name: 'unsendable-times', every: 24 * 60, run: reportUnsendableTimes }
]

async function scheduler(app: FastifyInstance, { config }: { config: JobsConfig }) {
  await app.register(fastifySchedule)
  const stopping = new AbortController()
  const running = new Map<string, Promise<void>>()

  function start(job: Job): Promise<void> {
    const run = job.run(app, stopping.signal).then((changed) => {
      if (changed > 0) app.log.info({ job: job.name, changed }, 'job done')
    })
    running.set(job.name, run)
    return run
  }

  app.addHook('onReady', async function startJobs() {
    for (const job of jobs(config)) {
      const report = (err: Error) => app.log.error({ err, job: job.name }, 'job failed; its next run tries again')
      const task = new AsyncTask(job.name, () => start(job), report)
      const seconds = Math.max(1, Math.round(job.every * 60))
      app.scheduler.addSimpleIntervalJob(
        new SimpleIntervalJob({ seconds, runImmediately: true }, task, { preventOverrun: true })
      )
    }
  })

  app.addHook('onClose', async function waitForJobs() {
    stopping.abort()
    await Promise.allSettled(running.values())
  })
}

export default fp(scheduler, { name: 'scheduler', fastify: '5.x', dependencies: ['database', 'access-log'] })
