// The kinds of requests that the pages distinguish.

import type { FastifyRequest } from 'fastify'

/** Whether a request changes something. On the pages, only forms do. */
export function isForm({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** Whether everybody may open the page. */
export function isPublic(request: FastifyRequest): boolean {
  return request.routeOptions.config.policy === 'public'
}
