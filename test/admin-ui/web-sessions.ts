// Sessions of the pages, as a browser and its cookies show them.

import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { type Visitor, visitor } from '../support/pages.ts'

/** Returns the value of a browser's session cookie; empty without one. */
export function sessionCookie(browser: Visitor): string {
  return browser.cookies.get('session') ?? ''
}

/** Returns all cookies of a browser as a Cookie header. */
export function cookieHeader(browser: Visitor): string {
  return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** Opens another window with the cookies of a browser, at this instance. */
export function openWindow(browser: Visitor, app: FastifyInstance): Visitor {
  const window = visitor(app)
  for (const [name, value] of browser.cookies) window.cookies.set(name, value)
  return window
}

/** Opens the first page with a session cookie. */
export async function openWith(app: FastifyInstance, cookie: string): Promise<LightMyRequestResponse> {
  return await app.inject({ url: '/', headers: { cookie: `session=${cookie}` } })
}

/** Shows that a session has ended at every instance. */
export async function hasEnded(t: Test, instances: FastifyInstance[], cookie: string, name: string): Promise<void> {
  for (const instance of instances) {
    const response = await openWith(instance, cookie)
    t.match(response, { statusCode: 302, headers: { location: '/login' } }, `${name} has ended`)
  }
}

/** Returns the sorted attributes of each cookie that a response sets. */
export function cookieAttributes({ headers }: LightMyRequestResponse): Record<string, string[]> {
  return Object.fromEntries(
    [headers['set-cookie'] ?? []].flat().map((line) => {
      const [pair = '', ...attributes] = line.split('; ')
      return [pair.split('=')[0], attributes.sort()]
    })
  )
}
