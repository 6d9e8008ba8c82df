// Logins over HTTP, and accounts for them whose passwords are hashed at full cost.

import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import { user } from '../../src/tables/account.ts'
import { AUTH } from './tokens.ts'

/** Adds an account with the role user. Its password is random unless given; `password_hash` replaces the stored hash. */
export async function addUser(
  app: FastifyInstance,
  { password, password_hash }: { password?: string; password_hash?: string } = {}
) {
  const account = await app.accounts.add({ username: `account-${randomUUID()}`, password, roles: ['user'] })
  if (password_hash !== undefined) await app.db.update(user).set({ password_hash }).where(eq(user.id, account.id))
  return account
}

/** Logs in from an address and returns the response. */
export function login(
  app: FastifyInstance,
  { username, password }: { username: string; password: string },
  remoteAddress = '127.0.0.1'
) {
  return app.inject({ method: 'POST', url: AUTH, payload: { username, password }, remoteAddress })
}

/** Logs in and returns the status of the response. */
export async function loginStatus(app: FastifyInstance, username: string, password: string): Promise<number> {
  return (await login(app, { username, password })).statusCode
}
