// Ids in addresses that are malformed or unknown, or belong to another record.

import t from 'tap'
import { createSessions } from '../../plugins/admin-ui/sessions.ts'
import { refresh_token, role } from '../../src/tables/account.ts'
import { build } from '../support/app.ts'
import { formToken } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { insertAccount, insertTokens, openAs, openAsAdministrator } from './inserted-accounts.ts'

const NUMBERS = ['0', '-1', '1.5', '1.0', '1e3', '0x10', '01', '+1', '2147483648', '9223372036854775808', '1e20']
const TEXTS = ['NaN', 'null', '%00', '%20', '1%20', '%EF%BC%91', '999999', 'x'.repeat(100), "1'--", '__proto__']
const ODD_KEYS = ['none', 'x'.repeat(100), '%00', '%25', "'%20or%201=1--", '__proto__']

t.test('an id that does not exist gets a page with 400 or 404, and changes nothing [F22]', async (t) => {
  const server = await build(t)
  const { app, db, config, accounts } = server
  const sessions = createSessions(db, config)
  const admin = await openAsAdministrator(server)
  const anna = await insertAccount(server, 'anna', 'user')
  await openAs(server, anna.id)
  const [jti = ''] = await insertTokens(db, anna.id, [{}])
  const [open] = await sessions.list(anna.id)
  const [spare] = await db.insert(role).values({ name: 'spare' }).returning()
  const _csrf = await formToken(admin)
  const everything = async () => [
    await accounts.list(),
    await db.select().from(role).orderBy(role.id),
    await db.select().from(refresh_token).orderBy(refresh_token.jti),
    await sessions.list(anna.id)
  ]
  const before = await everything()

  const bodies: Record<string, Record<string, string>> = { password: { password: '' }, roles: { roles: 'admin' } }
  async function isRejected(method: string, url: string): Promise<void> {
    const fields = { ...bodies[url.split('/').at(-1) ?? ''], _csrf }
    let response = await (method === 'GET' ? admin.get(url) : admin.send('POST', url, fields))
    // The addresses of the original site redirect before the id is looked up.
    if (response.statusCode === 302) response = await admin.get(String(response.headers.location).replace(/#.*/, ''))
    t.ok([400, 404].includes(response.statusCode), `${method} ${url}: ${response.statusCode}`)
    t.equal(response.headers['content-type'], 'text/html; charset=utf-8')
    t.notMatch(text(response.payload), 'anna')
  }

  const routes = app
    .routePolicies()
    .filter(({ path, method, session }) => session && path.includes(':id') && method !== 'HEAD')
  t.ok(routes.length >= 12)
  for (const { method, path } of routes) {
    for (const id of [...NUMBERS, ...TEXTS]) {
      await isRejected(
        method,
        path
          .replace(':id', id)
          .replace(':jti', jti)
          .replace(':key', open?.key ?? '')
      )
    }
    if (!/:jti|:key/.test(path)) continue
    for (const key of [...ODD_KEYS, `${jti}x`]) {
      for (const id of [anna.id, spare?.id]) {
        await isRejected(method, path.replace(':id', String(id)).replace(/:jti|:key/, key))
      }
    }
  }
  t.strictSame(await everything(), before)
})
