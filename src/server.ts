// Starts the server, and stops it on a signal: running requests get their response, then the process exits.

import { once } from 'node:events'
import { createServer } from 'node:net'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { buildApp, STOP_GRACE } from './app.ts'
import { type Config, loadConfig } from './config.ts'
import { demoAccounts, fillDemo } from './demo.ts'
import { createLogger, flushLog } from './logger.ts'
import { addSampleData } from './sample-data.ts'
import { showRequests } from './shown-requests.ts'

/** How long the process may take to write the rows of requests that were cut, in milliseconds. */
const LAST_ROWS = 1_000
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

try {
  const config = loadConfig()
  const logger = createLogger(config.logLevel)
  const app = await listen(config, logger)
  const delay = STOP_GRACE + LAST_ROWS
  const onTimeout = () => abandon(app)
  const { close } = closeWithGrace({ delay, logger: false, skip: [...SIGNALS], onTimeout }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'the process cannot go on')
    await app.close()
    const requests = app.cutRequests()
    if (requests > 0) app.log.error({ requests }, 'requests were cut, because they took longer than the server may')
    await flushLog(logger)
    if (requests > 0) process.exit(1)
  })
  // Not left to close-with-grace: at a second signal it would exit before the rows of the running requests are written.
  let signals = 0
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (++signals === 1 && !app.stopping()) return close()
      setTimeout(abandon, LAST_ROWS, app)
      app.cutConnections()
    })
  }
} catch (error) {
  console.error(startFailure(error as NodeJS.ErrnoException))
  process.exit(1)
}

async function listen(config: Config, loggerInstance: Logger): Promise<FastifyInstance> {
  await requireFreePort(config)
  const app = await buildApp(config, { loggerInstance })
  if (config.demo) await fillDemo(app.db, app.passwords.hash, addSampleData)
  if (config.demo && process.argv.includes('--show-requests')) showRequests(app)
  const address = await app.listen({ host: config.host, port: config.port })
  if (config.demo) announceDemo(address, config)
  return app
}

// A new version that cannot listen must not migrate the database: the old one, which still runs, could not start again.
async function requireFreePort({ host, port }: Config): Promise<void> {
  const listener = createServer().listen({ host, port })
  await once(listener, 'listening')
  listener.close()
  await once(listener, 'close')
}

/** Ends the process when the last rows of the access log cannot be written: the process log gets them. */
function abandon(app: FastifyInstance): void {
  app.accessLog.abandon()
  process.exit(1)
}

function announceDemo(address: string, config: Config): void {
  const accounts = demoAccounts.map(({ username, password, role }) => `  ${username} / ${password}   (role ${role})`)
  console.log(
    [
      '',
      `The demo is running at ${address}`,
      `  pages    ${address}/`,
      `  API      ${address}/api/`,
      `  health   ${address}/health/ready`,
      ...(config.docs ? [`  docs     ${address}/docs`] : []),
      'Sign in with',
      ...accounts,
      'In a second terminal: npm run client',
      ''
    ].join('\n')
  )
}

function startFailure(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  if (error.code === 'EADDRINUSE') return `PORT ${error.port} is already in use on ${error.address}`
  if (error.code === 'EACCES' && error.port) return `PORT ${error.port} needs more rights than this account has`
  if (error.code === 'EADDRNOTAVAIL') return `HOST ${error.address} is not an address of this machine`
  return error.message || (error.code ?? 'the server could not start')
}
