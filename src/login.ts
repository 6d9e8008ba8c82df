// Checking a name and password, the same way and at the same price whether or not the account exists.

import { eq } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import { canonicalUsername, findAccount, storePassword } from './accounts.ts'
import type { Config } from './config.ts'
import type { Database } from './db.ts'
import { BadCredentials, RoleMissing, WrongPassword } from './errors.ts'
import { fromNow } from './instants.ts'
import { createLoginFailures } from './login-failures.ts'
import type { Passwords } from './passwords.ts'
import { user } from './tables/account.ts'

/** Reports a failed login to the process log, and throws its error on. */
export function failedLogin(request: FastifyRequest, error: Error & { code?: string }): never {
  // Never the name that was typed: people type their password there.
  request.log.warn({ event: 'login failed', code: error.code, address: request.address }, 'login failed')
  throw error
}

export type Login = ReturnType<typeof createLogin>

/** Sign-in with the limits of the configuration. */
export function createLogin(
  db: Database,
  passwords: Passwords,
  config: Pick<Config, 'loginFailures' | 'loginWindowMinutes' | 'demo'>
) {
  const failures = createLoginFailures(db, config)

  /** The account whose name and password these are, or undefined. Throws TooManyFailures, and Unavailable under load. */
  async function check(typed: string, password: string) {
    const username = canonicalUsername(typed)
    const name = username ?? typed
    await failures.count(name)
    const [account] = username ? await db.select().from(user).where(eq(user.username, username)) : []
    const matches = await passwords.matches(password, account?.password_hash).catch(async (error) => {
      await failures.forgive(name)
      throw error
    })
    if (!account || !matches || account.disabled || (account.demo && !config.demo)) return undefined
    await failures.clear(account.username)
    return account
  }

  return {
    /**
     * The account with this name and password, which must hold the role if one is required; its `credentials_version` is
     * the one that was checked. Throws BadCredentials, TooManyFailures, RoleMissing, or Unavailable when too many
     * passwords wait to be checked.
     */
    async signIn(typed: string, password: string, requiredRole?: string) {
      const account = await check(typed, password)
      if (!account) throw new BadCredentials()
      if (requiredRole && !(await findAccount(db, account.id)).roles.includes(requiredRole)) throw new RoleMissing()
      const seen = await db.update(user).set({ last_login: fromNow() }).where(eq(user.id, account.id)).returning()
      if (seen.length === 0) throw new BadCredentials() // removed while its password was checked
      return account
    },

    /**
     * Changes an account's own password. Throws WrongPassword, which counts as a failed login, or InvalidInput when the
     * new one is not acceptable. All tokens and sessions of the account end. Gives the account as it now is.
     */
    async changePassword(username: string, oldPassword: string, newPassword: string) {
      const account = await check(username, oldPassword)
      // An administrator's reset that comes in between stands: who knew the old password may be why it was reset.
      const changed =
        account && (await storePassword(db, passwords, account, newPassword, 'new_password', { unchanged: true }))
      if (!changed) throw new WrongPassword()
      return changed
    }
  }
}
