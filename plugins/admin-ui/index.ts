// The administration pages: sessions, forms that only these pages can send, templates, and errors shown as pages.
// Registered in the scope of the pages only; the API has no cookies.

import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../../src/config.ts'
import { Strict } from '../../src/schemas.ts'
import { addForms } from './forms.ts'
import { addKeptForms } from './kept-forms.ts'
import { addPages, serveAssets } from './rendering.ts'
import { addSessions } from './sign-in.ts'

const NoQuery = Strict({})

async function adminUi(app: FastifyInstance, { config }: { config: Config }) {
  // Every route is an HTML page, and identifies its caller by a session. Forms put everything in the body.
  app.addHook('onRoute', function describePage(route) {
    const action = route.method === 'POST' ? 'update' : undefined
    route.config = { action, ...route.config, session: true }
    route.schema = {
      response: { 200: Type.String({ contentMediaType: 'text/html' }) },
      ...(route.method === 'POST' && { querystring: NoQuery }),
      ...route.schema
    }
  })

  await app.register(serveAssets) // before the sessions, so that a request for the style sheet reads none
  await addSessions(app, config)
  await addForms(app, config)
  addKeptForms(app, config)
  await addPages(app, config)
}

export default fp(adminUi, {
  name: 'admin-ui',
  fastify: '5.x',
  dependencies: ['database', 'access-log', 'error-handler', 'auth', 'roles']
})
