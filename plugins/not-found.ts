// Requests for which there is no route: 404, or 405 with `Allow` when the path exists with other methods.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import findMyWay from 'find-my-way'
import { MethodNotAllowed, NotFound } from '../src/errors.ts'
import { PATCH_TYPES } from '../src/schemas.ts'

async function notFound(app: FastifyInstance, { json }: { json: readonly string[] }) {
  // Fastify's router finds a handler by method and path. This one finds all methods of a path.
  const paths = findMyWay({ ignoreTrailingSlash: true })
  const methodsOf = new Map<string, Set<string>>()

  app.addHook('onRoute', function rememberMethods({ method, url }) {
    const path = withoutSlash(url)
    let methods = methodsOf.get(path)
    if (!methods) {
      methods = new Set(['OPTIONS'])
      methodsOf.set(path, methods)
      paths.on('GET', path, () => {}, methods)
    }
    for (const name of [method].flat()) methods.add(name)
  })

  // Other methods of `/batch` match `/:id`, as an id that is malformed.
  app.addHook('onRequest', function refuseMethod(request, reply, done) {
    const methods = request.is404 ? undefined : methodsOf.get(withoutSlash(request.url.split('?', 1)[0] ?? ''))
    if (!methods || methods.has(request.method)) return done()
    reply.header('allow', [...methods].sort().join(', '))
    done(new MethodNotAllowed(request.method))
  })

  // In a hook rather than in the 404 handler, so that the body is not read first. Not in onRequest: the hooks of the pages must
  // know by then who is signed in, for the access log and for the navigation on the error page.
  app.addHook('preParsing', function answerNotFound(request, reply, _payload, done) {
    if (!request.is404) return done()
    const methods = paths.find('GET', request.url.split('?', 1)[0] ?? '')?.store as Set<string> | undefined
    if (!methods) return done(new NotFound('Address'))
    reply.header('allow', [...methods].sort().join(', '))
    if (request.method !== 'OPTIONS') return done(new MethodNotAllowed(request.method))
    if (methods.has('PATCH')) reply.header('accept-patch', PATCH_TYPES.join(', ')) // RFC 5789 §3.1
    reply.code(204).send()
  })

  // The pages have a 404 handler of their own for all unknown addresses. It must not answer for these.
  for (const prefix of json) {
    app.register(async (scope) => scope.setNotFoundHandler(() => Promise.reject(new NotFound('Address'))), { prefix })
  }
}

const withoutSlash = (path: string) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)

export default fp(notFound, { name: 'not-found', fastify: '5.x' })
