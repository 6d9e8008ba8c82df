// The start for administrators: how many users there are, what has happened, and what needs them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readAccounts } from '../../plugins/admin-ui/account-list.ts'
import {
  chartOf,
  countAccounts,
  countsOfHours,
  latestEvents,
  serverState,
  UNUSED_DAYS
} from '../../plugins/admin-ui/overview.ts'
import { listSignIns } from '../../plugins/admin-ui/sign-in-list.ts'
import type { Config } from '../../src/config.ts'

const PACKAGE = join(import.meta.dirname, '../../package.json')
const HOURS = 24
const EVENTS = 8
/** How many locked accounts have a line of their own. */
const LOCKED = 5

const overviewPage: FastifyPluginAsyncTypebox<{ config: Config }> = async (app, { config }) => {
  const { db, words } = app
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8'))

  app.get('/', async function showOverview(_request, reply) {
    const locked = await app.login.lockedAccounts()
    const [accounts, devices, hours, events, server, lockedAccounts] = await Promise.all([
      countAccounts(db),
      listSignIns(db, config, {}, { page: 1, size: 1 }),
      countsOfHours(db, HOURS),
      latestEvents(db, words, EVENTS),
      serverState(db, config),
      readAccounts(db, locked.slice(0, LOCKED))
    ])
    const failedSignIns = hours.reduce((sum, { requests }) => sum + (requests['failed sign-in'] ?? 0), 0)
    return reply.page('overview', {
      accounts,
      devices: devices.total,
      lockedCount: locked.length,
      lockedAccounts,
      failedSignIns,
      chart: chartOf(hours),
      events,
      server: { ...server, version },
      UNUSED_DAYS
    })
  })
}

export default overviewPage
