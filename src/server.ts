// Starts the server, and stops it on a signal: running requests get their response, then the process exits.

import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { buildApp, STOP_GRACE } from './app.ts'
import { type Config, loadConfig } from './config.ts'
import { demoAccounts, fillDemo } from './demo.ts'
import { createLogger, flushLog } from './logger.ts'
import { addSampleData } from './sample-data.ts'

/** How long the process may take to stop, in milliseconds: the time that running requests have, and a little more. */
const PATIENCE = STOP_GRACE + 1_000

try {
  const config = loadConfig()
  const logger = createLogger(config.logLevel)
  const app = await listen(config, logger)
  closeWithGrace({ delay: PATIENCE, logger: false }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'the process cannot go on')
    await app.close()
    await flushLog(logger)
  })
} catch (error) {
  console.error(startFailure(error as NodeJS.ErrnoException))
  process.exit(1)
}

async function listen(config: Config, loggerInstance: Logger): Promise<FastifyInstance> {
  const app = await buildApp(config, { loggerInstance })
  if (config.demo) await fillDemo(app.db, app.passwords.hash, addSampleData)
  const address = await app.listen({ host: config.host, port: config.port })
  if (config.demo) announceDemo(address, config)
  return app
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
