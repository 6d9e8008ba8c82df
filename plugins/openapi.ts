// The document of the API, and, where the configuration has it, the page that shows it and on which calls can be tried.

import { createReadStream, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type Document, openapiDocument } from '../src/openapi.ts'
import { securityHeaders } from '../src/security-headers.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The API's document (OpenAPI 3.1), once the server is ready. */
    openapi(): Document
  }
  interface FastifySchema {
    /** What the operation does, for the API's document. */
    summary?: string
  }
}

const ROOT = join(import.meta.dirname, '..')
const PAGE = join(ROOT, 'templates/docs')
// The files of Swagger UI as this package brings them; the page around them is ours.
const SWAGGER_UI = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')

/** The pages' policy, and what only this page needs: its scripts, which call us, and the images in its style sheet. */
const CONTENT_SECURITY_POLICY = securityHeaders['content-security-policy']
  .replace("img-src 'self'", "img-src 'self' data:")
  .concat("; script-src 'self'; connect-src 'self'")

const FILES: [path: string, folder: string, type: string][] = [
  ['docs.js', PAGE, 'text/javascript'],
  ['docs.css', PAGE, 'text/css'],
  ['swagger-ui-bundle.js', SWAGGER_UI, 'text/javascript'],
  ['swagger-ui.css', SWAGGER_UI, 'text/css']
]

async function openapi(app: FastifyInstance, { page }: { page: boolean }) {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => void routes.push(route))

  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  let document: Document | undefined
  app.decorate('openapi', function openapi() {
    document ??= openapiDocument(routes, { title: name, version })
    return document
  })

  if (page) app.register(referencePage)
}

async function referencePage(app: FastifyInstance) {
  const asIs = (contentMediaType: string) =>
    ({
      config: { policy: 'public' },
      schema: { response: { 200: Type.Any({ contentMediaType }) } }
    }) as const

  app.get('/openapi.json', asIs('application/json'), async function document(_request, reply) {
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(app.openapi()))
  })
  app.get('/docs', asIs('text/html'), async function docs(_request, reply) {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY)
    return reply.type('text/html; charset=utf-8').send(createReadStream(join(PAGE, 'index.html')))
  })
  for (const [path, folder, type] of FILES) {
    app.get(`/docs/${path}`, asIs(type), async function file(_request, reply) {
      return reply.type(`${type}; charset=utf-8`).send(createReadStream(join(folder, path)))
    })
  }
}

export default fp(openapi, { name: 'openapi', fastify: '5.x' })
