// Accounts for tests of the pages. Their password hash is cheap, because signing in computes it again.

import { randomBytes } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import type { FastifyInstance } from 'fastify'
import { createAccounts } from '../../plugins/auth/accounts.ts'
import { createPasswords } from '../../plugins/auth/passwords.ts'
import type { Database } from '../../src/database/db.ts'
import { type Visitor, visitor } from '../support/pages.ts'

/** The password of every account that is added here. */
export const PASSWORD = 'a long and quiet evening'

export type Administrator = Awaited<ReturnType<typeof addAdministrator>>

const cheapHash = hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 })
const passwords = {
  ...createPasswords({ argon2MemoryMiB: 19, passwordMinLength: 15 }),
  hash: () => cheapHash
}

/** Adds an account with a name of its own and these roles. */
export async function addAdministrator(db: Database, roles = ['admin', 'user']) {
  return await createAccounts(db, passwords).add({ username: unique('anna'), password: PASSWORD, roles })
}

/** Returns a name that no other account or role has. */
export function unique(name: string): string {
  return `${name}-${randomBytes(6).toString('hex')}`
}

/** Signs an account in on the page; `headers` go with each of the visitor's requests. */
export async function signInOnPage(
  app: FastifyInstance,
  account: { username: string; password: string },
  headers: Record<string, string> = {}
): Promise<Visitor> {
  const browser = visitor(app, headers)
  await browser.signIn(account)
  return browser
}
