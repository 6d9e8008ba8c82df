// A route for servers of `buildAround`, whose policy is what a test is about.

import type { RouteOptions } from 'fastify'

/** Sends a secret to everyone whom its policy admits; the policy must be added. */
export const secretRoute: RouteOptions = {
  method: 'GET',
  url: '/extra',
  schema: { response: { 200: { type: 'object', properties: { secret: { type: 'string' } } } } },
  handler: async () => ({ secret: 'for members only' })
}
