// The whole server, in the order in which a request passes through it. Read this file first.

import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import accessLog from '../plugins/access-log/index.ts'
import { originForm } from '../plugins/access-log/path.ts'
import adminUi from '../plugins/admin-ui/index.ts'
import allowedHosts from '../plugins/allowed-hosts.ts'
import auth from '../plugins/auth/index.ts'
import compression from '../plugins/compression.ts'
import cors from '../plugins/cors.ts'
import database from '../plugins/database.ts'
import errorHandler from '../plugins/error-handler.ts'
import idempotency from '../plugins/idempotency.ts'
import json from '../plugins/json.ts'
import notFound from '../plugins/not-found.ts'
import openapi from '../plugins/openapi/index.ts'
import overload from '../plugins/overload/index.ts'
import ownership from '../plugins/ownership/index.ts'
import rateLimit from '../plugins/rate-limit.ts'
import roles from '../plugins/roles/index.ts'
import scheduler from '../plugins/scheduler/index.ts'
import securityHeaders from '../plugins/security-headers.ts'
import shutdown from '../plugins/shutdown.ts'
import wholeLists from '../plugins/whole-lists.ts'
import adminPages from '../routes/admin/index.ts'
import appointments from '../routes/api/appointment/index.ts'
import categories from '../routes/api/category/index.ts'
import measures from '../routes/api/measure/index.ts'
import patients from '../routes/api/patient/index.ts'
import authentication from '../routes/auth/index.ts'
import health from '../routes/health/index.ts'
import type { Config } from './config.ts'
import { addETag } from './entity-tags.ts'
import { serializeInPieces } from './list-pieces.ts'
import { createRequestLogger } from './logger.ts'

const BODY_LIMIT = 100_000 // bytes
const MAX_HEADER_SIZE = 16 * 1024 // bytes
const REQUEST_TIMEOUT = 10_000 // milliseconds to receive a request, headers and body
const INACTIVITY = 5_000 // milliseconds, beyond those that a handler may take, until a connection without a byte is closed

/** How long running requests may take once the server stops, in milliseconds. */
export const STOP_GRACE = 9_000

type Logger = Pick<FastifyServerOptions, 'loggerInstance'>

/**
 * Returns the server for a configuration. Its database is open and migrated; it does not listen yet. Rejects when the
 * database cannot be opened, or when a route has no role policy.
 */
export async function buildApp(config: Config, logger?: Logger): Promise<FastifyInstance> {
  const app = createApp(config, logger)
  await app.ready()
  return app
}

/** Like `buildApp`, but not ready yet: plugins and routes can still be added. */
export function createApp(config: Config, logger: Logger = {}): FastifyInstance {
  const app: FastifyInstance = Fastify({
    ...logger,
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: config.keepAliveTimeout * 1000,
    connectionTimeout: config.handlerTimeout * 1000 + INACTIVITY, // a client that does not read its response
    http: {
      headersTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: MAX_HEADER_SIZE,
      requireHostHeader: false // plugins/access-log/unrouted.ts requires it, and logs requests without it
    },
    routerOptions: { ignoreTrailingSlash: true },
    rewriteUrl: ({ url = '/' }) => originForm(url),
    genReqId: () => randomUUID(),
    childLoggerFactory: createRequestLogger,
    return503OnClosing: false, // that response would have no row in the access log
    logController: new LogController({ disableRequestLogging: true }), // the access log has every request
    frameworkErrors: (error, request, reply) => request.server.answerFrameworkError(error, request, reply),
    clientErrorHandler: (error, socket) => void app.answerClientError(error, socket)
  })

  app.register(shutdown, { grace: STOP_GRACE })
  app.register(securityHeaders)
  app.register(cors, { origins: config.corsOrigins, headers: config.corsHeaders })
  app.register(errorHandler)
  app.register(database, { config })
  app.register(accessLog, { config })
  app.register(overload, { maxConnections: config.maxConnections, handlerTimeout: config.handlerTimeout })
  app.register(rateLimit, { config })
  app.register(allowedHosts, { hosts: config.allowedHosts })
  app.register(json)
  app.register(notFound, { json: ['/api', '/health', '/docs', '/openapi.json'] })
  app.register(auth, { config })
  app.register(idempotency, { config })
  app.register(roles)
  app.register(ownership)
  app.register(scheduler, { config })
  app.register(openapi, { page: config.docs, siteName: config.siteName })

  app.register(async function publicScope(scope) {
    scope.register(health, { prefix: '/health' })
    scope.register(authentication, { prefix: '/api/auth' })
  })

  app.register(async function apiScope(api) {
    api.guard(api.authenticate)
    api.addHook('preSerialization', addETag)
    api.addHook('preSerialization', serializeInPieces)
    api.register(wholeLists)
    api.register(compression)
    api.register(patients, { prefix: '/api/patient' })
    api.register(appointments, { prefix: '/api/appointment' })
    api.register(measures, { prefix: '/api/measure' })
    api.register(categories, { prefix: '/api/category' })
  })

  app.register(async function adminScope(admin) {
    admin.register(adminUi, { config })
    admin.register(adminPages, { config })
  })

  return app
}
