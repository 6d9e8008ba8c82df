// Checks a name and password. It does the same work whether or not the account exists, so that its time reveals nothing.

import { eq } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../src/config.ts'
import type { Database } from '../../src/database/db.ts'
import { BadCredentials, RoleMissing, WrongPassword } from '../../src/errors.ts'
import { fromNow } from '../../src/instants.ts'
import { user } from '../../src/tables/account.ts'
import type { Accounts, Credentials } from './accounts.ts'
import { createLoginFailures } from './login-failures.ts'
import type { Passwords } from './passwords.ts'
import { canonicalUsername } from './usernames.ts'

export type Login = ReturnType<typeof createLogin>

/** Returns the login of a database, with the limits of the configuration. */
export function createLogin(
  db: Database,
  accounts: Accounts,
  passwords: Passwords,
  config: Pick<Config, 'loginFailures' | 'loginWindowMinutes' | 'demo'>
) {
  const failures = createLoginFailures(db, config)

  /** Returns the account with this name and password, or undefined. Throws TooManyFailures, and Unavailable under load. */
  async function check(typed: string, password: string): Promise<Credentials | undefined> {
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

  async function signIn(typed: string, password: string, requiredRole?: string): Promise<Credentials> {
    const account = await check(typed, password)
    if (!account) throw new BadCredentials()
    if (requiredRole && !(await accounts.find(account.id)).roles.includes(requiredRole)) throw new RoleMissing()
    const seen = await db.update(user).set({ last_login: fromNow() }).where(eq(user.id, account.id)).returning()
    if (seen.length === 0) throw new BadCredentials() // deleted while its password was checked
    return account
  }

  return {
    /**
     * Signs the sender of a request in and returns the account as its password was checked. With `requiredRole`, the
     * account must have that role. From then on the request is logged under the account's name. Throws BadCredentials,
     * TooManyFailures, RoleMissing, or Unavailable when too many passwords wait to be checked.
     */
    async signIn(
      request: FastifyRequest,
      { username, password }: { username: string; password: string },
      requiredRole?: string
    ): Promise<Credentials> {
      const account = await signIn(username, password, requiredRole).catch((error) => {
        // Never log the name: people type their password into its field.
        request.log.warn({ event: 'login failed', code: error.code, address: request.address }, 'login failed')
        throw error
      })
      request.username = account.username
      return account
    },

    /**
     * Changes an account's own password and returns the account as it is now. All its tokens and sessions end. Throws
     * WrongPassword, which counts as a failed login, or InvalidInput when the new password is not acceptable.
     */
    async changePassword(username: string, oldPassword: string, newPassword: string): Promise<Credentials> {
      const account = await check(username, oldPassword)
      // If an administrator has reset the password since the check, the reset wins: perhaps the old password had leaked.
      const changed =
        account && (await accounts.storePassword(account, newPassword, { field: 'new_password', unchanged: true }))
      if (!changed) throw new WrongPassword()
      return changed
    }
  }
}
