// The document of the API, and, where the configuration has it, the page that shows it and on which calls can be tried.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type Document, openapiDocument } from '../src/openapi.ts'
import { JSON_TYPE } from '../src/schemas.ts'
import { securityHeaders } from '../src/security-headers.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The API's document (OpenAPI 3.1), once the server is ready. */
    openapi(): Document
  }
  interface FastifyContextConfig {
    /** The route is not of the API. */
    undocumented?: boolean
  }
  interface FastifySchema {
    /** What the operation does, for the API's document. */
    summary?: string
  }
}

const ROOT = join(import.meta.dirname, '..')
const PAGE = join(import.meta.dirname, 'openapi')
/** The pages' policy, and what only this page needs: its scripts, which call us, and the images in its style sheet. */
const CONTENT_SECURITY_POLICY = securityHeaders['content-security-policy']
  .replace("img-src 'self'", "img-src 'self' data:")
  .concat("; script-src 'self'; connect-src 'self'")

async function openapi(app: FastifyInstance, { page }: { page: boolean }) {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => void routes.push(route))

  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const info = { title: name, version, license }
  let isReady = false
  let document: Document | undefined
  app.addHook('onReady', async () => {
    isReady = true
  })
  app.decorate('openapi', function openapi() {
    if (!isReady) throw new Error('the routes are not all there before the server is ready')
    document ??= openapiDocument(routes, info)
    return document
  })

  if (page) app.register(referencePage)
}

const asIs = { config: { policy: 'public', undocumented: true } } as const

async function referencePage(app: FastifyInstance) {
  // The files of Swagger UI as this package brings them; the page around them is ours.
  const swaggerUi = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')
  serve('/docs', join(PAGE, 'index.html'), 'text/html', { 'content-security-policy': CONTENT_SECURITY_POLICY })
  serve('/docs/docs.js', join(PAGE, 'docs.js'), 'text/javascript')
  serve('/docs/docs.css', join(PAGE, 'docs.css'), 'text/css')
  serve('/docs/swagger-ui-bundle.js', join(swaggerUi, 'swagger-ui-bundle.js'), 'text/javascript')
  serve('/docs/swagger-ui.css', join(swaggerUi, 'swagger-ui.css'), 'text/css')

  app.get(
    '/openapi.json',
    { ...asIs, schema: { response: { 200: Type.Any() } } },
    async function document(_request, reply) {
      return reply.type(JSON_TYPE).send(JSON.stringify(app.openapi()))
    }
  )

  function serve(path: string, file: string, type: string, headers: Record<string, string> = {}): void {
    const text = readFileSync(file)
    const schema = { response: { 200: Type.String({ contentMediaType: type }) } }
    app.get(path, { ...asIs, schema }, async function page(_request, reply) {
      return reply.headers(headers).type(`${type}; charset=utf-8`).send(text)
    })
  }
}

export default fp(openapi, { name: 'openapi', fastify: '5.x' })
