// No address returns a file of the server, except its own style sheet.

import t from 'tap'
import { buildListening } from '../support/listening.ts'

t.test('secrets, sources, databases and files outside the static folder are not served [G21]', async (t) => {
  const { send } = await buildListening(t)
  const paths = [
    '/.env',
    '/.git/config',
    '/package.json',
    '/src/app.ts',
    '/data/app.db',
    '/app.db',
    '/app.js.map',
    '/static/',
    '/static/../package.json',
    '/static/%2e%2e/package.json',
    '/static/..%2fpackage.json',
    '/static/%2e%2e%2fpackage.json',
    '/static/..%5cpackage.json',
    '/static/..\\package.json',
    '/static/....//package.json',
    '/static/%252e%252e/package.json',
    '/static/.env',
    '/static//etc/passwd',
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..;/etc/passwd'
  ]
  for (const path of paths) {
    const { status, body } = await send('GET', path)
    t.equal(status, 404, path)
    t.equal(JSON.parse(body).code, 'NOT_FOUND')
  }
})
