// What the forms of the pages act on, and whether they changed it.

import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../src/database/db.ts'
import { fromNow } from '../../src/instants.ts'
import { access_log } from '../../src/tables/access-log.ts'
import { login_failure, refresh_token, role, session, user, user_role } from '../../src/tables/account.ts'
import { signInAs } from '../support/app.ts'
import { addAdministrator, signInOnPage, unique } from './administrators.ts'

/** Where the failed login comes from; the tests themselves have other addresses. */
const NETWORK = '192.0.2.1'

/**
 * Adds an administrator with a failed login, a refresh token and two sessions, and a role that no account has. `url` puts their ids into
 * the path of a route.
 */
export async function addTarget(app: FastifyInstance) {
  const { db } = app
  const account = await addAdministrator(db)
  await Promise.all([signInOnPage(app, account), signInOnPage(app, account)])
  await signInAs(app, account)
  const [token] = await db.select().from(refresh_token).where(eq(refresh_token.user_id, account.id))
  const [open] = await db.select().from(session).where(eq(session.user_id, account.id))
  await db
    .insert(login_failure)
    .values({ key: unique('key'), network: NETWORK, user_id: account.id, failures: 1, expiry: fromNow(60_000) })
  const spareRole = unique('spare')
  const [added] = await db.insert(role).values({ name: spareRole }).returning()
  const jti = token?.jti ?? ''
  const [row] = await db.select().from(access_log).limit(1)
  const url = (path: string) =>
    path
      .replace('/roles/:id', `/roles/${added?.id}`)
      .replace(':id', String(account.id))
      .replace(':jti', jti)
      .replace(':key', open?.id ?? '')
      .replace(':row', String(row?.id))
  return { ...account, jti, spareRole, url }
}

/** Returns every row that a form can change. Leaves out when a session was last used: each request changes that. */
export async function formState(db: Database): Promise<unknown[]> {
  return await Promise.all([
    db.select().from(user).orderBy(user.id),
    db.select().from(role).orderBy(role.id),
    db.select().from(user_role).orderBy(user_role.user_id, user_role.role_id),
    db.select().from(refresh_token).orderBy(refresh_token.jti),
    db.select().from(login_failure).where(eq(login_failure.network, NETWORK)).orderBy(login_failure.key),
    db.select({ id: session.id, data: session.data, expiry: session.expiry }).from(session).orderBy(session.id)
  ])
}
