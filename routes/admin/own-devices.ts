// The buttons of "Your account" that sign out one's own devices. They do what a logout does, so nobody can undo it: only an
// administrator who signs out a device on the page of its user can let it in again.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { blockToken } from '../../plugins/admin-ui/token-blocks.ts'
import type { Principal } from '../../plugins/auth/accounts.ts'
import { devicesInWords, signOutEverywhere } from './devices.ts'
import { Button, OwnSessionPath, OwnTokenPath } from './schema.ts'

const ownDevices: FastifyPluginAsyncTypebox = async (app) => {
  const { db, sessions, words } = app
  const ownId = (request: FastifyRequest) => (request.principal as Principal).id

  app.get('/sign-out', async function askBeforeSigningOut(request, reply) {
    return reply.page('confirm', {
      question: words.questions.signOutOthers,
      effects: [await devicesInWords(app, request, ownId(request)), words.questions.othersEffect],
      action: '/account/sign-out',
      button: words.questions.othersButton,
      fields: [],
      back: '/account',
      backTo: words.account.title
    })
  })

  app.post('/sign-out', { schema: { body: Button } }, async function signOut(request, reply) {
    await signOutEverywhere(app, request, ownId(request), 'logout')
    return await goBack(request, reply, words.devices.othersSignedOut)
  })

  app.post(
    '/tokens/:jti/block',
    { schema: { params: OwnTokenPath, body: Button } },
    async function endToken(request, reply) {
      await blockToken(db, ownId(request), request.params.jti, request.actor(), 'logout')
      return await goBack(request, reply, words.devices.tokenEnded)
    }
  )

  app.post(
    '/sessions/:key/end',
    { schema: { params: OwnSessionPath, body: Button } },
    async function endSession(request, reply) {
      await sessions.endListed(ownId(request), request.params.key, request.actor())
      return await goBack(request, reply, words.devices.sessionEnded)
    }
  )
}

async function goBack(request: FastifyRequest, reply: FastifyReply, sentence: string) {
  await request.notifyIn('devices', sentence)
  return reply.redirect('/account#devices-notice')
}

export default ownDevices
