// One user: password, roles, state, deletion, tokens and sessions.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { findAccount, removeAccount, setDisabled, setPassword, setRoles } from '../../src/accounts.ts'
import { OwnAccount } from '../../src/errors.ts'
import { ownPath } from '../../src/own-path.ts'
import type { Refusal, ShowPage } from '../../src/pages.ts'
import { listRoles } from '../../src/roles.ts'
import { blockAllTokens, blockToken, unblockToken } from '../../src/token-list.ts'
import { accessOf } from './access.ts'
import { Button, choices, SessionPath, SetPassword, SetRoles, TokenPath, TokensQuery, UserPath } from './schema.ts'

const user: FastifyPluginAsyncTypebox = async (app) => {
  const { db, passwords, sessions } = app

  // `held` are the roles whose boxes are checked: the user's, or those that were just refused.
  const show = async (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal, held?: string[]) => {
    const { id } = request.params as { id: number }
    const [access, roles] = await Promise.all([accessOf(app, request, id), listRoles(db)])
    return reply.page('user', { ...access, roles, held: held ?? access.account.roles, ...refusal })
  }
  const ofUser = { params: UserPath, body: Button }
  const onPage = app.onPage(show)

  app.get('/', { schema: { params: UserPath, querystring: TokensQuery } }, (request, reply) => show(request, reply))

  app.post(
    '/password',
    { schema: { params: UserPath, body: SetPassword }, errorHandler: onPage },
    async function resetPassword(request, reply) {
      const { id } = request.params
      refuseOwn(request, 'reset the password of')
      const chosen = request.body.password
      const { username } = await findAccount(db, id)
      const password = await setPassword(db, passwords, id, chosen === '' ? undefined : chosen)
      const ended = 'All tokens and sessions have ended.'
      if (chosen === '') await request.tell(`${ended} The new password of ${username}:`, password)
      else await request.tell(`${username} has a new password. ${ended}`)
      return reply.redirect(`/users/${id}`)
    }
  )

  app.post(
    '/roles',
    {
      schema: { params: UserPath, body: SetRoles },
      errorHandler: app.onPage((request, reply, refusal) =>
        show(request, reply, refusal, choices(refusal?.typed.roles))
      )
    },
    async function changeRoles(request, reply) {
      const { id } = request.params
      await setRoles(db, id, choices(request.body.roles))
      await request.tell('The roles were changed.')
      return reply.redirect(`/users/${id}`)
    }
  )

  for (const [action, disabled] of [
    ['disable', true],
    ['enable', false]
  ] as const) {
    app.post(`/${action}`, { schema: ofUser, errorHandler: onPage }, async function changeState(request, reply) {
      const { id } = request.params
      if (disabled) refuseOwn(request, 'disable')
      await setDisabled(db, id, disabled)
      await request.tell(disabled ? 'Disabled. All tokens and sessions have ended.' : 'Enabled.')
      return reply.redirect(`/users/${id}`)
    })
  }

  const showDelete: ShowPage = async (request, reply, refusal) => {
    const account = await findAccount(db, (request.params as { id: number }).id)
    return reply.page('delete', { account, ...refusal })
  }
  app.get('/delete', { schema: { params: UserPath } }, showDelete)

  app.post(
    '/delete',
    { schema: ofUser, errorHandler: app.onPage(showDelete) },
    async function deleteUser(request, reply) {
      const { id } = request.params
      refuseOwn(request, 'delete')
      const { username } = await findAccount(db, id)
      await removeAccount(db, id)
      await request.tell(`${username} was deleted.`)
      return reply.redirect('/')
    }
  )

  // Tokens and sessions stand on the page of one's own account too, so their forms say where to go on.
  const nextOf = (request: FastifyRequest, anchor: string) => {
    const { next = `/users/${(request.params as { id: number }).id}` } = request.body as { next?: string }
    return `${ownPath(next)}#${anchor}`
  }

  app.post('/tokens/block', { schema: ofUser }, async function blockAll(request, reply) {
    const { id } = request.params
    await findAccount(db, id)
    await blockAllTokens(db, id)
    await request.tell('All tokens were blocked.')
    return reply.redirect(nextOf(request, 'tokens'))
  })

  const ofToken = { params: TokenPath, body: Button }
  app.post('/tokens/:jti/block', { schema: ofToken }, async function block(request, reply) {
    await blockToken(db, request.params.id, request.params.jti)
    await request.tell('The token was blocked, with every access token that came from it.')
    return reply.redirect(nextOf(request, 'tokens'))
  })

  app.post('/tokens/:jti/unblock', { schema: ofToken, errorHandler: onPage }, async function unblock(request, reply) {
    await unblockToken(db, request.params.id, request.params.jti)
    await request.tell('The token is no longer blocked.')
    return reply.redirect(nextOf(request, 'tokens'))
  })

  app.post('/sessions/end', { schema: ofUser }, async function endSessions(request, reply) {
    const { id } = request.params
    await findAccount(db, id)
    await sessions.endAllBut(id, request.session.sessionId)
    await request.tell('The sessions were ended.')
    return reply.redirect(nextOf(request, 'sessions'))
  })

  app.post(
    '/sessions/:key/end',
    { schema: { params: SessionPath, body: Button } },
    async function endSession(request, reply) {
      await sessions.endListed(request.params.id, request.params.key)
      await request.tell('The session was ended.')
      return reply.redirect(nextOf(request, 'sessions'))
    }
  )
}

// A slip here locks out the one who could mend it; and whoever finds a browser left open must not take the account over.
function refuseOwn(request: FastifyRequest, what: string): void {
  if ((request.params as { id: number }).id === request.principal?.id) throw new OwnAccount(what)
}

export default user
