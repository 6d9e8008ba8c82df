// Changes of several users at once, which the list of users has checked: a page that asks first, and the changes.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readAccounts } from '../../plugins/admin-ui/account-list.ts'
import { ownPath } from '../../plugins/admin-ui/redirects.ts'
import { countSignIns } from '../../plugins/admin-ui/sign-in-list.ts'
import type { Config } from '../../src/config.ts'
import { LastAdministrator, NotFound } from '../../src/errors.ts'
import { user } from '../../src/tables/account.ts'
import { signOutEverywhere } from './devices.ts'
import { ChosenQuery, ChosenUsers, chosenIds } from './schema.ts'

const chosenUsers: FastifyPluginAsyncTypebox<{ config: Config }> = async (app, { config }) => {
  const { db, accounts, words } = app
  app.subject(user)

  app.get('/chosen-users', { schema: { querystring: ChosenQuery } }, async function ask(request, reply) {
    const { action, id, next } = request.query
    const chosen = await readAccounts(db, chosenIds(id))
    const isChanged = (account: { id: number; disabled: boolean }) =>
      action !== 'disable' || (account.id !== request.principal?.id && !account.disabled)
    const changed = chosen.filter(isChanged)
    const ids = changed.map((account) => account.id)
    const devices = [...(await countSignIns(db, config, ids)).values()].reduce((sum, count) => sum + count, 0)
    return reply.page('chosen-users', {
      action: action || 'end-sign-ins',
      changed,
      leftOut: chosen.filter((account) => !isChanged(account)).map(({ username }) => username),
      devices,
      next: ownPath(next)
    })
  })

  app.post('/chosen-users/disable', { schema: { body: ChosenUsers } }, async function disableChosen(request, reply) {
    const chosen = await readAccounts(db, chosenIds(request.body.id))
    const wanted = chosen.filter(({ id, disabled }) => id !== request.principal?.id && !disabled)
    const disabled: string[] = []
    for (const { id, username } of wanted) {
      const isDone = await accounts
        .setDisabled(id, true, request.actor())
        .then(() => true)
        .catch(leaveOut)
      if (isDone) disabled.push(username)
    }
    const failed = wanted.filter(({ username }) => !disabled.includes(username)).map(({ username }) => username)
    await request.notify(words.chosen.disabled(disabled.length, failed))
    return reply.redirect(ownPath(request.body.next))
  })

  app.post('/chosen-users/end-sign-ins', { schema: { body: ChosenUsers } }, async function endChosen(request, reply) {
    const chosen = await readAccounts(db, chosenIds(request.body.id))
    for (const { id } of chosen) await signOutEverywhere(app, request, id)
    await request.notify(words.chosen.signedOut(chosen.length))
    return reply.redirect(ownPath(request.body.next))
  })
}

/** Returns false for an account that cannot be disabled, or no longer exists. Throws all other errors. */
function leaveOut(error: Error): false {
  if (error instanceof LastAdministrator || error instanceof NotFound) return false
  throw error
}

export default chosenUsers
