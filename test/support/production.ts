// A server process with production settings, and an HTTP client that calls it.

import type { Test } from 'tap'
import { createAccounts } from '../../plugins/auth/accounts.ts'
import { createPasswords } from '../../plugins/auth/passwords.ts'
import { ensureRoles, FIXED_ROLES } from '../../plugins/roles/required-roles.ts'
import { loadConfig } from '../../src/config.ts'
import { migrate } from '../../src/database/migrations.ts'
import { openDatabase } from '../../src/database/open.ts'
import { environment } from './app.ts'

export interface Tokens {
  access_token: string
  refresh_token: string
}

/** Returns the variables of a production server, its database, and an account with the role user. */
export async function production(t: Test) {
  const env = (await environment(t)) as Record<string, string> & { DATABASE_URL: string }
  const config = loadConfig(env)
  await migrate(config)
  const db = await openDatabase(config, () => {})
  t.teardown(() => db.connection.close())
  await ensureRoles(db, FIXED_ROLES)
  const account = await createAccounts(db, createPasswords(config)).add({ username: 'caller', roles: ['user'] })
  return { env, db, account }
}

/** Sends a login and returns the body of the response: tokens, if the credentials are right. */
export async function login(
  url: string,
  { username, password }: { username: string; password: string }
): Promise<Tokens> {
  return (await (await send(url, 'POST', '/api/auth/', { username, password })).json()) as Tokens
}

/** Rotates tokens and returns the new ones. Undefined if the server died before it had sent the whole response. */
export async function rotate(url: string, { refresh_token }: Tokens): Promise<Tokens | undefined> {
  try {
    const response = await fetch(`${url}/api/auth/refresh`, { method: 'POST', headers: bearer(refresh_token) })
    return response.status === 200 ? ((await response.json()) as Tokens) : undefined
  } catch {
    return undefined
  }
}

/** Sends a GET request with a token. */
export function get(url: string, path: string, token: string): Promise<Response> {
  return fetch(`${url}${path}`, { headers: bearer(token) })
}

/** Sends a JSON body, with a token if one is given. */
export function send(
  url: string,
  method: 'POST' | 'PUT',
  path: string,
  body: object,
  token?: string
): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token && bearer(token)) }
  return fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}
