// The OpenAPI document of the API and, if the configuration turns it on, the page /docs that shows it.
// @fastify/swagger is not used: it gives PUT and PATCH the same operationId, and inlines schemas that have a title.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { JSON_TYPE } from '../../src/schemas.ts'
import { type Document, openapiDocument } from './document.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Returns the OpenAPI 3.1 document, once the server is ready. */
    openapi(): Document
  }
  interface FastifyContextConfig {
    /** The route is not part of the API. */
    undocumented?: boolean
  }
  interface FastifySchema {
    /** What the operation does, for the OpenAPI document. */
    summary?: string
  }
}

const ROOT = join(import.meta.dirname, '../..')
const PAGE = join(import.meta.dirname, 'page')
async function openapi(app: FastifyInstance, { page, siteName }: { page: boolean; siteName: string }) {
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
    if (!isReady) throw new Error('the document can be made only once the server is ready')
    document ??= openapiDocument(routes, info)
    return document
  })

  if (page) app.register(referencePage, { siteName })
}

const asIs = { config: { policy: 'public', undocumented: true } } as const

async function referencePage(app: FastifyInstance, { siteName }: { siteName: string }) {
  // The policy of all pages, and what this one needs besides: its scripts, which call the API, and its empty icon.
  const policy = app.securityHeaders['content-security-policy']
    .replace("img-src 'self'", "img-src 'self' data:")
    .concat("; script-src 'self'; connect-src 'self'")
  const name = asText(siteName)
  const html = read('index.html').replace(/\{\{ (title|name) \}\}/g, (_, place) =>
    place === 'title' ? name && ` – ${name}` : name && `${name} `
  )
  serve('/docs', html, 'text/html', { 'content-security-policy': policy })
  for (const name of ['docs', 'curl', 'elements', 'operation', 'session']) {
    serve(`/docs/${name}.js`, read(`${name}.js`), 'text/javascript')
  }
  serve('/docs/docs.css', read('docs.css'), 'text/css')

  app.get(
    '/openapi.json',
    { ...asIs, schema: { response: { 200: Type.Any() } } },
    async function document(_request, reply) {
      return reply.type(JSON_TYPE).send(JSON.stringify(app.openapi()))
    }
  )

  function serve(path: string, text: string, type: string, headers: Record<string, string> = {}): void {
    const schema = { response: { 200: Type.String({ contentMediaType: type }) } }
    app.get(path, { ...asIs, schema }, async function page(_request, reply) {
      return reply.headers(headers).type(`${type}; charset=utf-8`).send(text)
    })
  }
}

function read(file: string): string {
  return readFileSync(join(PAGE, file), 'utf8')
}

/** Returns a text as HTML that shows it. */
function asText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

export default fp(openapi, { name: 'openapi', fastify: '5.x', dependencies: ['security-headers'] })
