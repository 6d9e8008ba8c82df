// The page that asks before a user gets a generated password.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ShowPage } from '../../plugins/admin-ui/forms.ts'
import { refuseOwnAccount } from '../../plugins/admin-ui/refusals.ts'
import { devicesInWords } from './devices.ts'
import { Button, UserPath } from './schema.ts'

const newPasswordPage: FastifyPluginAsyncTypebox = async (app) => {
  const { accounts, words } = app

  const show: ShowPage = async (request, reply, refusal) => {
    const { id } = request.params as { id: number }
    const { username } = await accounts.find(id)
    return reply.page('confirm', {
      question: words.questions.generate(username),
      effects: [words.questions.generateEffect(username), await devicesInWords(app, request, id)],
      action: `/users/${id}/password/generate`,
      button: words.questions.generateButton,
      back: `/users/${id}`,
      backTo: username,
      ...refusal
    })
  }

  app.get('/password/generate', { schema: { params: UserPath } }, show)

  app.post(
    '/password/generate',
    { schema: { params: UserPath, body: Button }, errorHandler: app.showAgain(show) },
    async function generatePassword(request, reply) {
      const { id } = request.params
      refuseOwnAccount(request, 'reset the password of')
      const { username } = await accounts.find(id)
      const password = await accounts.setPassword(id, undefined, request.actor())
      await request.notifyIn('password', words.user.hasGenerated(username), password)
      return reply.redirect(`/users/${id}#password-notice`)
    }
  )
}

export default newPasswordPage
