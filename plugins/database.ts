// The database: brought to this code's schema, opened, given to all as `app.db`, and closed with the server.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.ts'
import type { Database } from '../src/db.ts'
import { migrate } from '../src/migrations.ts'
import { openDatabase } from '../src/open-database.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Database
  }
}

async function database(app: FastifyInstance, { config }: { config: Config }) {
  const applied = await migrate(config)
  if (applied > 0) app.log.info({ applied }, 'database migrated')
  const db = await openDatabase(config, (error) => app.log.warn({ err: error }, 'an idle database connection broke'))
  app.decorate('db', db)
  app.addHook('onClose', () => db.connection.close())
}

export default fp(database, { name: 'database', fastify: '5.x' })
