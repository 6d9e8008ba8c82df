// The chapters of the story about HTTP: tokens, addresses, content types, and the end.

import type { Caller } from '../app.ts'
import type { Client } from './client.ts'

/** Requests with tokens that are not valid here, and logins. */
export async function tokens({ send }: Client, user: Caller, admin: Caller) {
  for (const token of ['', 'garbage', user.refresh_token, admin.access_token]) {
    for (const url of [
      '/api/sample/',
      '/api/sample/1',
      '/api/sample/99',
      '/api/part/x',
      '/api/nothing',
      '/api/auth/'
    ]) {
      await send('GET', url, undefined, { authorization: `Bearer ${token}` })
    }
    await send('DELETE', '/api/sample/1', undefined, { authorization: `Bearer ${token}` })
  }
  const wrong = { username: 'zoë 李', password: 'not the password' }
  for (const body of [
    wrong,
    { ...wrong, username: 'nobody' },
    { ...wrong, username: 'a\0b' },
    {},
    { ...wrong, password: null }
  ]) {
    await send('POST', '/api/auth/', body)
  }
  await send('POST', '/api/auth/', { username: ' ZOË 李 ', password: user.password })
}

/** Addresses, methods, content types and bodies that the server does not serve. */
export async function protocol({ send, sendText }: Client) {
  for (const url of [
    '/',
    '/api',
    '/api/nothing/',
    '/api/sample/1/2',
    '/health/live',
    '/health/ready',
    '//api/sample',
    '/API/sample/'
  ]) {
    await send('GET', url)
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) await send(method, '/api/sample/', {})
  await send('POST', '/api/sample/1', {})
  const types = [
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'x'
  ]
  for (const type of [...types, 'application/json; charset=UTF-8']) {
    await sendText('POST', '/api/sample/', '{"name":"typed"}', { 'content-type': type })
  }
  await sendText('POST', '/api/sample/', '{"name":"packed"}', { 'content-encoding': 'gzip' })
  await sendText('POST', '/api/sample/', `{"name":"${'x'.repeat(200_000)}"}`)
  for (const text of [
    '',
    '{',
    '{"name":1,}',
    '{"__proto__":{}}',
    '{"constructor":{"prototype":{}}}',
    '['.repeat(50_000),
    '{"name":"a","name":"b"}'
  ]) {
    await sendText('POST', '/api/sample/', text)
  }
  await send('GET', '/api/sample/?after=3')
}

/** The deletion of the records, and the end of the session. */
export async function deletions({ send }: Client, user: Caller) {
  await send('DELETE', '/api/part/3')
  await send('DELETE', '/api/part/3')
  await send('DELETE', '/api/sample/1')
  const { parts } = (await send('GET', '/api/part/?sample_id=1&limit=1000')).json<{ parts: { id: number }[] }>()
  for (const { id } of parts) await send('DELETE', `/api/part/${id}`)
  await send('DELETE', '/api/sample/1')
  for (const url of ['/api/sample/1', '/api/part/1', '/api/part/2', '/api/sample/', '/api/part/']) {
    await send('GET', url)
  }
  await send('DELETE', '/api/sample/1')
  await send('POST', '/api/sample/', { name: 'Next id' })
  const bearer = { authorization: `Bearer ${user.refresh_token}` }
  await send('GET', '/api/auth/', undefined, bearer)
  await send('POST', '/api/auth/refresh', undefined, bearer)
  await send('DELETE', '/api/auth/', undefined, bearer)
  await send('DELETE', '/api/auth/', undefined, bearer)
  await send('GET', '/api/sample/')
}
