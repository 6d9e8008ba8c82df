// The accounts that send generated requests.

import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Document, Operation } from '../../plugins/openapi/document.ts'
import { type Caller, signInNew } from '../support/app.ts'
import type { Plan } from './requests.ts'

/**
 * Signs in the callers of the operations of a document. One account has every role. Another is used for operations that
 * can end its tokens, such as a logout; `renew` then replaces it.
 */
export async function signInCallers(app: FastifyInstance, document: Document) {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
  const roles = new Set(operations.flatMap(rolesOf))
  let accounts = 0
  let replaceable: Caller | undefined
  const main = await signIn([...roles])
  const roleless = await signIn([])
  const past = app.signAccessToken({ jti: crypto.randomUUID(), user_id: main.id, expiry: '2024-01-01T00:00:00Z' })

  async function signIn(roles: string[]): Promise<Caller> {
    return await signInNew(app, `caller ${++accounts}`, roles)
  }

  function authorization({ operation, caller }: Plan): string | undefined {
    const { access_token, refresh_token } = rolesOf(operation).length > 0 ? main : (replaceable as Caller)
    const refreshes = operation.security.some((one) => 'refreshToken' in one)
    if (caller === 'right' && operation.security.length === 0) return undefined
    const token = {
      right: refreshes ? refresh_token : access_token,
      'role-less': roleless.access_token,
      expired: past,
      'wrong kind': refreshes ? access_token : refresh_token,
      garbage: `${access_token.slice(0, -8)}AAAAAAAA`
    }
    if (caller === 'anonymous') return undefined
    return caller === 'Basic' ? 'Basic eDp5' : `Bearer ${token[caller]}`
  }

  return {
    /** Returns the Authorization header of a request. */
    authorization,
    /** Returns the user name or the password of the replaceable account as JSON; undefined for any other name. */
    known(name: string): string | undefined {
      if (name === 'username') return JSON.stringify(replaceable?.username)
      return /^(old_)?password$/.test(name) ? JSON.stringify(replaceable?.password) : undefined
    },
    /** Signs in a new account if earlier requests have ended the tokens of the last one. */
    async renew() {
      replaceable ??= await signIn([])
    },
    /** Notes that a response has ended the tokens of the replaceable account. */
    learn({ operation, method }: Plan, { statusCode }: LightMyRequestResponse) {
      const ends = method !== 'GET' && operation.security.length > 0 && statusCode < 300
      if (rolesOf(operation).length === 0 && (ends || statusCode === 401 || statusCode === 429)) replaceable = undefined
    }
  }
}

function rolesOf({ security }: Operation): string[] {
  return security.flatMap((one) => Object.values(one).flat())
}
