// A caller of the server under test: an account whose password is a marker, with tokens of the API and a session of the pages.

import { randomBytes } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import { createAccounts } from '../../plugins/auth/accounts.ts'
import { createPasswords } from '../../plugins/auth/passwords.ts'
import { loadConfig } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import type { Pair } from '../support/tokens.ts'
import type { Markers } from './markers.ts'
import { openPages } from './page-calls.ts'
import type { Send } from './send.ts'

export type Session = Awaited<ReturnType<typeof signIn>>

/** Adds an account with these roles and signs it in, to the pages as well if it may. */
export async function signIn(send: Send, db: Database, markers: Markers, roles: string[], pages = true) {
  const password = markers.values.password
  const cheap = () => hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 })
  const passwords = { ...createPasswords(loadConfig({}, { withSecrets: false })), hash: cheap }
  const username = `caller-${randomBytes(6).toString('hex')}`
  const { id } = await createAccounts(db, passwords).add({ username, password, roles })

  const json = { 'content-type': 'application/json' }
  const login = await send({
    route: 'POST /api/auth',
    method: 'POST',
    path: '/api/auth/',
    headers: json,
    body: JSON.stringify({ username, password })
  })
  const tokens = JSON.parse(login.body) as Pair
  return { id, username, password, ...tokens, ...(pages ? await openPages(send, { username, password }) : NO_PAGES) }
}

const NO_PAGES = { cookie: '', csrf: '' }
