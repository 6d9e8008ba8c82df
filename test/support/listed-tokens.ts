// The tokens among the devices that the pages list, and whether these tokens work.

import type { FastifyInstance } from 'fastify'
import { withToken } from './app.ts'
import { table } from './page-content.ts'
import type { Visitor } from './pages.ts'
import type { Pair } from './tokens.ts'

/** Opens a page and returns the rows of its devices, those that have ended at the end. */
export async function deviceRows(browser: Visitor, page: string): Promise<Record<string, string>[]> {
  return table((await browser.get(page)).payload, 'devices')
}

/** Returns the state of a token in the list on a page. */
export function stateOf({ payload }: { payload: string }, jti: string): string {
  const row = table(payload, 'devices').find(({ Device }) => Device?.includes(jti))
  return row ? (row.State ?? row.By?.replace(/^API token$/, 'live') ?? '') : 'not listed'
}

/** Uses the tokens of a login, and more access tokens of it. Returns the different statuses of the responses. */
export async function tokenStatuses(
  app: FastifyInstance,
  { access_token, refresh_token }: Pair,
  more: string[] = []
): Promise<number[]> {
  const reads = [access_token, ...more].map((token) => withToken(app, 'GET', '/api/sample/', token))
  const responses = await Promise.all([...reads, withToken(app, 'GET', '/api/auth/', refresh_token)])
  return [...new Set(responses.map(({ statusCode }) => statusCode))]
}
