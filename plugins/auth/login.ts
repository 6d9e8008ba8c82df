// Checks a name and password. It does the same work whether or not the account exists, so that its time reveals nothing.

import { setTimeout as delay } from 'node:timers/promises'
import { and, eq } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { BadCredentials, RoleMissing, Unavailable, WrongPassword } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { networkOf } from '../../src/network.ts'
import { user } from '../../src/tables/account.ts'
import type { Accounts, Credentials } from './accounts.ts'
import type { Actor } from './actor.ts'
import { createFairQueue } from './fair-queue.ts'
import { createLoginFailures } from './login-failures.ts'
import type { Passwords } from './passwords.ts'
import { canonicalUsername } from './usernames.ts'

/** Two at a time: while the password of one is hashed, the other is in the database. */
const QUEUE = { concurrency: 2, perLane: 50, perTarget: 50, total: 300 } // fewer than the requests that may be under way

/** How long an attempt waits for others whose result decides whether it may be made, in milliseconds. */
const PATIENCE = 5_000
const RETRY = 20

export type Login = ReturnType<typeof createLogin>

/** Returns the login of a database, with the limits of the configuration. */
export function createLogin(
  db: Database,
  accounts: Accounts,
  passwords: Passwords,
  config: Pick<Config, 'loginFailures' | 'loginWindowMinutes' | 'secretKey' | 'demo'>
) {
  const failures = createLoginFailures(db, config)
  const queue = createFairQueue(QUEUE) // each address has a lane, and each account is a target

  /** Returns the account with this name and password, or undefined. Throws TooManyFailures, and Unavailable under load. */
  async function check(request: FastifyRequest, typed: string, password: string): Promise<Credentials | undefined> {
    const network = networkOf(request.address)
    for (const end = Date.now() + PATIENCE; Date.now() < end; await delay(RETRY * (1 + Math.random()))) {
      // Everything waits for its turn, so that a flood costs no query either.
      const checked = await queue.run(network, canonicalUsername(typed) ?? typed, () =>
        checkNow(request, network, typed, password)
      )
      if (checked !== 'later') return checked
    }
    throw new Unavailable()
  }

  async function checkNow(
    request: FastifyRequest,
    network: string,
    typed: string,
    password: string
  ): Promise<Credentials | undefined | 'later'> {
    const username = canonicalUsername(typed)
    const [account] = username ? await db.select().from(user).where(eq(user.username, username)) : []
    request.triedAccount = account ?? null
    const attempt = { name: username ?? typed, user_id: account?.id, network }
    if (!(await failures.reserve(attempt))) return 'later'
    const matches = await passwords.matches(password, account?.password_hash).catch(async (error) => {
      await failures.release(attempt)
      throw error
    })
    if (!account || !matches || account.disabled || (account.demo && !config.demo)) {
      const isLocked = await failures.fail(attempt)
      if (isLocked && account) logLock(request, account)
      return undefined
    }
    await failures.succeed(attempt)
    if (passwords.isOutdated(account.password_hash)) await renewHash(account, password)
    return account
  }

  /** Stores the hash of an account's password again, with the costs of new hashes, unless its password has changed. */
  async function renewHash({ id, password_hash }: Credentials, password: string): Promise<void> {
    await db
      .update(user)
      .set({ password_hash: await passwords.hash(password) })
      .where(and(eq(user.id, id), eq(user.password_hash, password_hash)))
  }

  async function signIn(
    request: FastifyRequest,
    { username, password }: { username: string; password: string },
    roles?: readonly string[]
  ): Promise<Credentials> {
    const account = await check(request, username, password)
    if (!account) throw new BadCredentials()
    if (roles && !(await accounts.find(account.id)).roles.some((role) => roles.includes(role))) throw new RoleMissing()
    const seen = await db.update(user).set({ last_login: fromNow() }).where(eq(user.id, account.id)).returning()
    if (seen.length === 0) throw new BadCredentials() // deleted while its password was checked
    return account
  }

  return {
    lockOf: failures.lockOf,
    lockedAccounts: failures.lockedAccounts,

    /**
     * Signs the sender of a request in and returns the account as its password was checked. With `roles`, the
     * account must have one of them. From then on the request is logged under the account's name. Throws BadCredentials,
     * TooManyFailures, RoleMissing, or Unavailable when too many passwords wait to be checked.
     */
    async signIn(
      request: FastifyRequest,
      credentials: { username: string; password: string },
      roles?: readonly string[]
    ): Promise<Credentials> {
      const account = await signIn(request, credentials, roles).catch((error) => {
        // Never log the name: people type their password into its field.
        request.log.warn({ event: 'login failed', code: error.code, address: request.address }, 'login failed')
        throw error
      })
      request.username = account.username
      request.signedIn = account
      request.triedAccount = null
      return account
    },

    /**
     * Changes the password of the sender's account and returns the account as it is now. All its tokens and sessions end.
     * Throws WrongPassword, which counts as a failed login, InvalidInput when the new password is not acceptable, or an
     * error of `actAs` when the actor's session or token has ended.
     */
    async changePassword(
      request: FastifyRequest,
      oldPassword: string,
      newPassword: string,
      actor: Actor
    ): Promise<Credentials> {
      const account = await check(request, request.username, oldPassword)
      // If an administrator has reset the password since the check, the reset wins: perhaps the old password had leaked.
      const options = { field: 'new_password', unchanged: true, actor }
      const changed = account && (await accounts.storePassword(account, newPassword, options))
      if (!changed) throw new WrongPassword()
      request.triedAccount = null
      return changed
    }
  }
}

// The stored name, which an administrator needs. A typed name is never logged.
function logLock(request: FastifyRequest, { id, username }: Credentials): void {
  const details = { event: 'account locked', user_id: id, username, address: request.address }
  request.log.warn(details, 'too many wrong passwords: the account is locked')
}
