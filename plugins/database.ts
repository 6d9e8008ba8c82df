// The database: migrates it to this code's tables, opens it as `app.db`, and closes it with the server.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import type { Database } from '../src/database/db.ts'
import { migrate } from '../src/database/migrations.ts'
import { openDatabase } from '../src/database/open.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Database
  }
}

async function database(app: FastifyInstance, { config }: { config: Config }) {
  const applied = await migrate(config, { warn: (message) => app.log.warn(message) })
  if (applied > 0) app.log.info({ applied }, 'database migrated')
  const db = await openDatabase(config, (error) => app.log.warn({ err: error }, 'an idle database connection broke'))
  app.decorate('db', db)
  app.addHook('onClose', () => db.connection.close())
}

export default fp(database, { name: 'database', fastify: '5.x' })
