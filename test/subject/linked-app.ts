// What the command gets instead of src/app.ts: the server with the resources of the tests, and those of the link tables.

import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../../src/config.ts'
import { schema } from '../../src/database/db.ts'
import { Id, Nullable, RecordPath } from '../../src/schemas.ts'
import { part } from '../support/part/table.ts'
import { createWithResources } from '../support/resources.ts'
import { sample } from '../support/sample/table.ts'
import { createLinkTables, link, mention } from './link-tables.ts'

const Link = Type.Object({ id: Id, part_id: Id, other_part_id: Nullable(Id) }, { title: 'Link' })
const Mention = Type.Object({ id: Id, link_id: Id }, { title: 'Mention' })

Object.assign(schema, { link, mention }) // as src/database/db.ts has every table of a project

export async function buildApp(config: Config): Promise<FastifyInstance> {
  const app = createWithResources(config)
  app.register(async function linkScope(scope) {
    scope.addHook('onReady', () => createLinkTables(app.db))
    scope.guard(scope.authenticate)
    scope.allow('user')
    scope.register(async function links(api) {
      api.subject(sample, link.part_id, part.sample_id)
      api.get('/api/link/:id', { schema: { params: RecordPath, response: { 200: Link } } }, async () => link)
    })
    scope.register(async function mentions(api) {
      api.subject('none')
      api.get('/api/mention/:id', { schema: { params: RecordPath, response: { 200: Mention } } }, async () => mention)
    })
  })
  await app.ready()
  return app
}
