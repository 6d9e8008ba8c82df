// Secrets are planted in every part of a request, and searched for in the rows and in the process log.

import t from 'tap'
import { execute, logRows, takeAwayDatabase, withToken } from '../support/app.ts'
import { buildListening } from '../support/listening.ts'
import { sendRaw } from '../support/net.ts'

type Server = Awaited<ReturnType<typeof buildListening>>

t.test('no row and no line of the process log has a secret, not even after a database error [E9]', async (t) => {
  const server = await buildListening(t)
  const { db, log, user, env } = server

  await user.post('/api/sample/', { name: 'Weight' })
  await sendSecrets(server)
  for (const table of ['part', '"user"', 'refresh_token', 'login_failure', 'access_log']) {
    const away = `${table.replaceAll('"', '')}_away`
    await execute(db, `alter table ${table} rename to ${away}`)
    await sendSecrets(server)
    await execute(db, `alter table ${away} rename to ${table}`)
  }
  const rows = JSON.stringify(await logRows(db))
  await takeAwayDatabase(db, env)
  await sendSecrets(server)

  t.match(log(), /the database is unavailable/, 'errors were logged')
  const secrets = [user.password, user.access_token, user.refresh_token, 'planted-']
  const signatures = [user.access_token, user.refresh_token].map((token) => token.split('.').at(-1) ?? '')
  for (const text of [...secrets, ...signatures]) {
    t.notOk(rows.includes(text), 'not in a row')
    const line = log()
      .split('\n')
      .find((entry) => entry.includes(text))
    t.equal(line, undefined, 'not in the process log')
  }
})

/** Sends requests of every kind with secrets in every part. */
async function sendSecrets({ app, port, user, bearer }: Server): Promise<void> {
  const login = (username: string, password: string) =>
    app.inject({ method: 'POST', url: '/api/auth/', payload: { username, password } })

  await login(secret('username'), secret('password'))
  await login(user.username, secret('password'))
  await login(user.username, user.password)
  await app.inject({ url: '/api/part/', headers: { authorization: `Bearer ${secret('token')}` } })
  await app.inject({ url: '/api/part/', headers: { authorization: `Basic ${secret('token')}` } })
  await app.inject({ url: `/api/part/?access_token=${secret('query')}&limit=${secret('query')}`, headers: bearer })
  await app.inject({ url: `/nowhere?${secret('query')}`, headers: { cookie: `session=${secret('cookie')}` } })
  await withToken(app, 'GET', '/api/auth/', user.refresh_token)
  await withToken(app, 'GET', '/api/part/', user.refresh_token)
  await withToken(app, 'POST', '/api/auth/refresh', user.access_token)
  await user.put('/api/auth/password', { old_password: secret('password'), new_password: secret('new password') })
  const text = secret('body')
  const part = { sample_id: 1, label: text, seen_at: '2024-01-01T11:24:59Z', amount: 1, done: false }
  await user.post('/api/part/', { ...part, note: text, made_on: '1971-07-30' })
  await user.put('/api/part/1', { note: text })
  await user.post('/api/part/', { label: text, [text]: text })
  await user.post('/api/part/', { ...part, seen_at: text })
  await user.call('POST', '/api/part/', `{"name":"${text}`, { 'content-type': 'application/json' })
  await user.call('POST', '/api/part/', text, { 'content-type': `text/${text}` })
  await user.get('/api/part/', { 'x-request-id': text, 'if-match': text, 'user-agent': text })
  const authorization = `Authorization: Bearer ${secret('token')}`
  for (const lines of [
    ['GET /health/live HTTP/1.1', 'Host: x', 'Expect: junk'],
    ['GET /%zz?%zz HTTP/1.1', 'Host: x'],
    ['GET /health/live HTTP/1.1', 'Host: x', `A : ${secret('header')}`],
    ['GET /health/live HTTP/1.1', 'Host: x', `A: ${secret('header').repeat(1000)}`],
    ['POST /api/sample/ HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', '', `z${secret('body')}`]
  ]) {
    await sendRaw(port, [lines[0], authorization, ...lines.slice(1), 'Connection: close', '', ''].join('\r\n'))
  }
}

function secret(what: string): string {
  return `planted-${what}-7f3a`
}
