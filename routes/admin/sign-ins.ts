// The buttons that sign devices out: they block a user's tokens and end sessions. They are on several pages, so their forms
// say in `next` which page to return to.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { ownPath } from '../../plugins/admin-ui/redirects.ts'
import { blockToken, unblockAllTokens, unblockToken } from '../../plugins/admin-ui/token-blocks.ts'
import { devicesInWords, signOutEverywhere } from './devices.ts'
import { Button, SessionPath, TokenPath, UserPath } from './schema.ts'

/** The section of the pages that lists the devices. */
const DEVICES = 'devices'

/** `show` shows the page of the user, with an error on it. */
const signIns: FastifyPluginAsyncTypebox<{ show: ShowPage }> = async (app, { show }) => {
  const { db, accounts, sessions, words } = app
  const ofUser = { schema: { params: UserPath, body: Button } }
  const ofToken = { schema: { params: TokenPath, body: Button } }
  const ofSession = { schema: { params: SessionPath, body: Button } }

  app.get('/sign-out', { schema: { params: UserPath } }, async function askBeforeSigningOut(request, reply) {
    const { id } = request.params
    const { username } = await accounts.find(id)
    const isOwn = id === request.principal?.id
    return reply.page('confirm', {
      question: isOwn ? words.questions.signOutOthers : words.questions.signOut(username),
      effects: [
        await devicesInWords(app, request, id),
        isOwn ? words.questions.othersEffect : words.questions.signOutEffect(username),
        words.questions.unblockEffect
      ],
      action: `/users/${id}/sign-out`,
      button: isOwn ? words.questions.othersButton : words.questions.signOutButton(username),
      fields: [],
      back: `/users/${id}`,
      backTo: username
    })
  })

  app.post('/sign-out', ofUser, async function signOut(request, reply) {
    const { id, username } = await accounts.find(request.params.id)
    await signOutEverywhere(app, request, id)
    const isOwn = id === request.principal?.id
    return await goBack(request, reply, isOwn ? words.devices.othersSignedOut : words.devices.isSignedOut(username))
  })

  app.post('/tokens/unblock', ofUser, async function unblockAll(request, reply) {
    const { id } = await accounts.find(request.params.id)
    await unblockAllTokens(db, id, request.actor())
    return await goBack(request, reply, words.devices.areUnblocked)
  })

  app.post('/tokens/:jti/block', ofToken, async function block(request, reply) {
    await blockToken(db, request.params.id, request.params.jti, request.actor())
    return await goBack(request, reply, words.devices.tokenBlocked)
  })

  app.post(
    '/tokens/:jti/unblock',
    { ...ofToken, errorHandler: app.showAgain(show) },
    async function unblock(request, reply) {
      await unblockToken(db, request.params.id, request.params.jti, request.actor())
      return await goBack(request, reply, words.devices.tokenUnblocked)
    }
  )

  app.post('/sessions/:key/end', ofSession, async function endSession(request, reply) {
    await sessions.endListed(request.params.id, request.params.key, request.actor())
    return await goBack(request, reply, words.devices.sessionEnded)
  })
}

/** Returns to the page that a form came from, with a notice beside the list of devices. */
async function goBack(request: FastifyRequest, reply: FastifyReply, sentence: string) {
  await request.notifyIn(DEVICES, sentence)
  const { next = `/users/${(request.params as { id: number }).id}` } = request.body as { next?: string }
  return reply.redirect(`${ownPath(next).split('#', 1)[0]}#${DEVICES}-notice`)
}

export default signIns
