// Names with markup, template code and quotes are shown as text on every page.

import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createSessions } from '../../plugins/admin-ui/sessions.ts'
import { role, user_role } from '../../src/tables/account.ts'
import { build, type TestApp } from '../support/app.ts'
import { addUser, foreignTags } from '../support/page-content.ts'
import { forms, text, type Visitor, visitor } from '../support/pages.ts'
import { insertAccounts, insertTokens, openAs } from './inserted-accounts.ts'

const HOSTILE = [
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '" autofocus onfocus="alert(1)',
  'x{{7*7}}x',
  "';x//",
  `x\${7*7}x`,
  'x{% raw %}x{{7*7}}x',
  'x{{ "x" | safe }}{# x #}',
  '</title></textarea><svg/onload=alert(1)>',
  'javascript:alert(1)',
  '&lt;b&gt;&amp;'
]
const [FIRST = ''] = HOSTILE

/** `shown`: the texts that the page must show unchanged. */
interface Page {
  name: string
  html: string
  shown: string[]
}

t.test('hostile names are text on every page [F16]', async (t) => {
  const server = await build(t)
  const ids = await insertHostileRows(server)
  const own = ids[0] ?? 0
  const admin = await openAs(server, own, { user_agent: FIRST })

  const pages: Page[] = []
  for (const url of ['/', '/roles', '/account', `/users/${own}`]) {
    pages.push({ name: url, html: (await admin.get(url)).payload, shown: HOSTILE })
  }
  for (const [index, id] of ids.entries()) {
    pages.push(...(await pagesWithName(server, admin, id, HOSTILE[index] ?? '')))
  }
  for (const [index, id] of ids.entries()) {
    if (id !== own) pages.push(...(await noticesWithName(admin, id, HOSTILE[index] ?? '')))
  }

  for (const { name, html, shown } of pages) {
    const visible = text(html)
    const typed = forms(html).flatMap(({ fields }) => Object.values(fields).flat())
    for (const one of shown) {
      t.ok(visible.includes(one.trim()) || typed.some((value) => value.trim() === one), `${name} shows ${one}`)
    }
    t.notMatch(html, /x49x/, `${name} computes nothing`)
    t.strictSame(foreignTags(html), [], `${name} has only our own tags`)
  }
  t.ok(pages.length > 80)
})

/**
 * Inserts accounts and roles with the hostile names, and tokens and sessions with hostile origins. Another program could
 * have written such rows: the forms reject these roles, and store names in lower case.
 */
async function insertHostileRows({ db, config }: TestApp): Promise<number[]> {
  const ids = await insertAccounts(db, HOSTILE, ['admin'])
  const roles = await db
    .insert(role)
    .values(HOSTILE.map((name) => ({ name })))
    .returning()
  await db.insert(user_role).values(ids.flatMap((user_id) => roles.map(({ id }) => ({ user_id, role_id: id }))))
  const sessions = createSessions(db, config)
  const own = ids[0] ?? 0
  for (const hostile of HOSTILE) {
    const origin = { user_agent: hostile, address: hostile }
    await insertTokens(db, own, [origin])
    await sessions.start(randomBytes(9).toString('base64url'), { id: own, credentials_version: 1 }, origin)
  }
  return ids
}

/** Opens every page that can show this name: in its content, in its address, or as a typed value. */
async function pagesWithName({ app }: TestApp, admin: Visitor, id: number, name: string): Promise<Page[]> {
  const encoded = encodeURIComponent(name)
  const pages: Page[] = []
  for (const [url, shown] of [
    [`/users/${id}`, [FIRST, name]],
    [`/users/${id}/delete`, [name]],
    [`/?q=${encoded}`, [name]],
    [`/?after=${encoded}`, []],
    [`/nothing/${encoded}`, []],
    [`/?${encoded}=1`, []]
  ] as [string, string[]][]) {
    pages.push({ name: url, html: (await admin.get(url)).payload, shown })
  }
  const stranger = await visitor(app).get(`/login?next=${encoded}`)
  const refusedUser = await addUser(admin, { username: `  ${name}`, password: 'short', [name]: name })
  const refusedRole = await admin.submit('/roles', '/roles', { name })
  return [
    ...pages,
    { name: 'the sign-in page', html: stranger.payload, shown: [] },
    { name: 'a typed user name', html: refusedUser.payload, shown: [name] },
    { name: 'a typed role name', html: refusedRole.payload, shown: [name] }
  ]
}

/** Resets the password of a user and deletes the user. Returns the pages whose notices contain the name. */
async function noticesWithName(admin: Visitor, id: number, name: string): Promise<Page[]> {
  await admin.submit(`/users/${id}`, `/users/${id}/password`)
  const reset = await admin.get('/account')
  await admin.submit(`/users/${id}/delete`, `/users/${id}/delete`)
  const deleted = await admin.get('/')
  return [
    { name: 'the notice of a password', html: reset.payload, shown: [name] },
    { name: 'the notice of a deletion', html: deleted.payload, shown: [name] }
  ]
}
