// The devices of an account, for the page of a user and that of one's own account. A device is whatever is signed in: a
// program with a refresh token, or a browser with a session of these pages.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { deviceName } from '../../plugins/admin-ui/device-name.ts'
import { isForm } from '../../plugins/admin-ui/request-kind.ts'
import { sessionKey } from '../../plugins/admin-ui/sessions.ts'
import { blockAllTokens } from '../../plugins/admin-ui/token-blocks.ts'
import { listTokens } from '../../plugins/admin-ui/token-list.ts'
import type { BlockedReason } from '../../src/tables/account.ts'

/** How many devices that are signed in are shown: the latest. As many sessions are listed at most. */
const DEVICES_SHOWN = 100
/** How many tokens that have ended are shown at once. */
const ENDED_SHOWN = 20

/** Returns the devices of an account, those used last first, and a slice (`before` of the query) of the ended ones. */
export async function devicesOf({ db, sessions, words }: FastifyInstance, request: FastifyRequest, id: number) {
  // A form takes nothing from the query, and may be shown again before its query was checked.
  const { before } = isForm(request) ? {} : (request.query as { before?: string })
  const [usable, ended, open] = await Promise.all([
    listTokens(db, id, { limit: DEVICES_SHOWN }),
    listTokens(db, id, { ended: true, before, limit: ENDED_SHOWN }),
    sessions.list(id)
  ])
  const current = sessionKey(request.session.sessionId)
  const devices = [
    ...usable.tokens.map(({ jti, ...token }) => ({ kind: 'token', id: jti, ...token })),
    ...open.map(({ key, created, ...session }) => ({
      kind: 'session',
      id: key,
      since: created,
      state: 'live',
      ...session
    }))
  ]
    .map((device) => ({ ...device, name: deviceName(device.user_agent, words), isCurrent: device.id === current }))
    .sort((a, b) => Date.parse(b.last_used ?? b.since) - Date.parse(a.last_used ?? a.since))
  const live = devices.filter(({ state }) => state === 'live')
  return {
    devices,
    signedIn: live.length,
    /** Whether there is something to sign out besides this session, and something to unblock. */
    hasOthers: live.some(({ isCurrent }) => !isCurrent),
    hasBlocked: live.length < devices.length,
    isCut: usable.next !== null || open.length >= DEVICES_SHOWN,
    ended: ended.tokens.map((token) => ({ ...token, name: deviceName(token.user_agent, words) })),
    next: ended.next,
    before: before ?? ''
  }
}

/** Ends all devices of an account, except the session of the request. `reason` is why its tokens are blocked. */
export async function signOutEverywhere(
  { db, sessions }: FastifyInstance,
  request: FastifyRequest,
  id: number,
  reason?: BlockedReason
) {
  await blockAllTokens(db, id, request.actor(), reason)
  await sessions.endAllBut(id, request.session.sessionId, request.actor())
}

/** Returns in words how many devices of an account will be signed out, not counting this session. */
export async function devicesInWords(app: FastifyInstance, request: FastifyRequest, id: number): Promise<string> {
  const { devices, isCut } = await devicesOf(app, request, id)
  const live = devices.filter(({ state, isCurrent }) => state === 'live' && !isCurrent)
  const tokens = live.filter(({ kind }) => kind === 'token').length
  if (live.length === 0) return app.words.devices.noneNow
  return app.words.devices.signedOut(live.length, tokens, live.length - tokens, isCut)
}
