// Starts the server, and ends it: requests under way are answered, then the process exits.

import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import { type Config, loadConfig } from './config.ts'
import { createLogger } from './logger.ts'
import { addSampleData, demoAccounts } from './sample-data.ts'

/** How long requests under way may take once the process is told to stop, in milliseconds. */
const GRACE = 10_000
const SWEEP = 100

try {
  const config = loadConfig()
  const app = await listen(config)
  closeWithGrace({ delay: GRACE, logger: false }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'the process cannot go on')
    await drain(app)
  })
} catch (error) {
  console.error(startFailure(error as NodeJS.ErrnoException))
  process.exit(1)
}

async function listen(config: Config): Promise<FastifyInstance> {
  const app = await buildApp(config, { loggerInstance: createLogger(config.logLevel) })
  if (config.demo) await addSampleData(app.db, config)
  const address = await app.listen({ host: config.host, port: config.port })
  if (config.demo) announceDemo(address)
  return app
}

function announceDemo(address: string): void {
  const accounts = demoAccounts.map(({ username, password, role }) => `  ${username} / ${password}   (role ${role})`)
  console.log(
    [
      '',
      `The demo listens at ${address}`,
      `  API      ${address}/api/`,
      `  health   ${address}/health/ready`,
      'with the accounts',
      ...accounts,
      'In a second terminal: npm run client',
      ''
    ].join('\n')
  )
}

// A connection becomes idle when its answer is out; those that never do are cut before the process is.
async function drain(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP)
  const deadline = setTimeout(() => app.server.closeAllConnections(), GRACE - 1_000)
  await app.close()
  clearInterval(sweep)
  clearTimeout(deadline)
}

function startFailure(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  if (error.code === 'EADDRINUSE') return `PORT ${error.port} of ${error.address} is in use`
  if (error.code === 'EACCES' && error.port) return `PORT ${error.port} may not be used by this account`
  if (error.code === 'EADDRNOTAVAIL') return `HOST ${error.address} is not an address of this machine`
  return error.message || (error.code ?? 'the server could not start')
}
