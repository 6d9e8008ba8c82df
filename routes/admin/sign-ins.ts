// The buttons that end a user's tokens and sessions. They are on the page of the user and on that of one's own account,
// so their forms say in `next` which page to return to.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { ownPath } from '../../plugins/admin-ui/redirects.ts'
import { blockAllTokens, blockToken, unblockToken } from '../../plugins/admin-ui/token-blocks.ts'
import { Button, SessionPath, TokenPath, UserPath } from './schema.ts'

/** `show` shows the page of the user, with an error on it. */
const signIns: FastifyPluginAsyncTypebox<{ show: ShowPage }> = async (app, { show }) => {
  const { db, accounts, sessions } = app
  const ofUser = { schema: { params: UserPath, body: Button } }
  const ofToken = { schema: { params: TokenPath, body: Button } }
  const ofSession = { schema: { params: SessionPath, body: Button } }

  app.post('/tokens/block', ofUser, async function blockAll(request, reply) {
    const { id } = await accounts.find(request.params.id)
    await blockAllTokens(db, id, request.actor())
    await request.notify('All tokens were blocked.')
    return reply.redirect(pageOf(request, 'tokens'))
  })

  app.post('/tokens/:jti/block', ofToken, async function block(request, reply) {
    await blockToken(db, request.params.id, request.params.jti, request.actor())
    await request.notify('The token was blocked, and so were all access tokens issued from it.')
    return reply.redirect(pageOf(request, 'tokens'))
  })

  app.post(
    '/tokens/:jti/unblock',
    { ...ofToken, errorHandler: app.showAgain(show) },
    async function unblock(request, reply) {
      await unblockToken(db, request.params.id, request.params.jti, request.actor())
      await request.notify('The token was unblocked.')
      return reply.redirect(pageOf(request, 'tokens'))
    }
  )

  app.post('/sessions/end', ofUser, async function endSessions(request, reply) {
    const { id } = await accounts.find(request.params.id)
    await sessions.endAllBut(id, request.session.sessionId, request.actor())
    await request.notify('The sessions were ended.')
    return reply.redirect(pageOf(request, 'sessions'))
  })

  app.post('/sessions/:key/end', ofSession, async function endSession(request, reply) {
    await sessions.endListed(request.params.id, request.params.key, request.actor())
    await request.notify('The session was ended.')
    return reply.redirect(pageOf(request, 'sessions'))
  })
}

/** Returns the page that a form came from, with the section to scroll to. */
function pageOf(request: FastifyRequest, section: string): string {
  const { next = `/users/${(request.params as { id: number }).id}` } = request.body as { next?: string }
  return `${ownPath(next)}#${section}`
}

export default signIns
