// LANGUAGE: all words of the pages are in one language.

import t from 'tap'
import { fromNow } from '../../src/instants.ts'
import { access_log, access_log_hour } from '../../src/tables/access-log.ts'
import { de } from '../../src/words/de.ts'
import { en } from '../../src/words/en.ts'
import { build } from '../support/app.ts'
import { login } from '../support/logins.ts'
import { fieldErrors, table } from '../support/page-content.ts'
import { type Fields, text, visitor } from '../support/pages.ts'
import { BROWSER } from './page-checks.ts'

t.test('no page in German has an English word of the pages', async (t) => {
  const { app, db, accounts, signIn } = await build(t, { LANGUAGE: 'de', LOGIN_FAILURES: '1' })
  const admin = visitor(app, BROWSER)
  const pages: { name: string; html: string }[] = []
  const look = async (name: string, response: Promise<{ payload: string }>) =>
    pages.push({ name, html: (await response).payload })

  await look('sign-in', admin.get('/login'))
  await look('signed out', admin.get('/login?signed-out'))
  await look('sign-in refused', admin.submit('/login', '/login', { username: 'x', password: 'y' }))
  await look('form refused', admin.send('POST', '/login', { username: 'x', password: 'y' }))
  const { id, username, password } = await accounts.add({ username: 'xaver', roles: ['admin'] })
  await admin.signIn({ username, password })
  const user = await signIn('user')
  const other = await signIn('user', 'auditor')
  await login(app, { username: other.username, password: 'falsch' })
  await db
    .insert(access_log_hour)
    .values({ hour: `${fromNow(-2 * 3_600_000).slice(0, 13)}:00:00.000Z`, kind: 'success', requests: 5 })
  for (const outcome of ['success', 'refused', 'invalid', 'failed', 'aborted'] as const)
    await db.insert(access_log).values(rowOf(outcome))

  const page = `/users/${user.id}`
  for (const path of [
    ...['/overview', '/', '/?q=niemand', '/?role=user&page=9', '/users/new', '/sessions', '/sessions?user=niemand'],
    ...[
      '/activity',
      '/activity?user=niemand',
      '/activity?record=x&from=y&outcome=z',
      '/roles',
      '/account',
      '/nirgendwo'
    ],
    ...[page, `/users/${id}`, `${page}/disable`, `${page}/delete`, `${page}/password/generate`, `${page}/sign-out`],
    ...[`/users/${id}/sign-out`, '/users/999999', `/chosen-users?action=disable&id=${user.id}&id=${id}`],
    ...['/chosen-users?action=disable', `/chosen-users?action=end-sign-ins&id=${user.id}&id=${other.id}`]
  ])
    await look(path, admin.get(path))
  const list = (await admin.get('/activity?address=192.0.2.1')).payload
  for (const [, row = ''] of list.matchAll(/href="(\/activity\/\d+)"/g)) await look(row, admin.get(row))

  await look('user refused', admin.submit('/users/new', '/users/new', { username: user.username, password: '' }))
  await look('name refused', admin.submit('/users/new', '/users/new', { username: '\u200b', password: '' }))
  await look('role refused', admin.submit('/roles', '/roles', { name: '1' }))
  await look('giving admin', admin.submit(page, `${page}/roles`, { roles: ['admin', 'user'] }))
  await look('giving up admin', admin.submit(`/users/${id}`, `/users/${id}/roles`, { roles: [] }))
  await look(
    'own password',
    admin.submit('/account', '/account/password', { old_password: 'a', new_password: 'b', repeated_password: 'c' })
  )
  for (const [form, action, fields] of [
    ['/roles', '/roles', { name: 'nachtdienst' }],
    ['/users/new', '/users/new', { username: 'zoe', password: '' }],
    [`${page}/sign-out`, `${page}/sign-out`, {}],
    [page, `${page}/tokens/unblock`, {}],
    [page, `${page}/password`, { password: 'sieben Zwerge essen gern Birnen' }],
    [`${page}/password/generate`, `${page}/password/generate`, {}],
    [page, `${page}/roles`, { roles: [] }],
    [`${page}/disable`, `${page}/disable`, {}],
    [page, `${page}/enable`, {}],
    [`/users/${other.id}`, `/users/${other.id}/unlock`, {}],
    [`/users/${other.id}/delete`, `/users/${other.id}/delete`, {}]
  ] satisfies [string, string, Fields][]) {
    const sent = await admin.submit(form, action, fields)
    t.equal(sent.statusCode, 302, action)
    await look(`after ${action}`, admin.get(String(sent.headers.location).split('#', 1)[0] ?? ''))
  }
  await look('after all', admin.get('/overview'))

  t.ok(pages.length > 45)
  const english = englishWords()
  t.ok(english.has('password') && english.has('devices') && english.has('nothing'))
  for (const { name, html } of pages) {
    t.match(html, '<html lang="de">', name)
    t.same(
      [...new Set(wordsOf(shown(html)))].filter((word) => english.has(word)),
      [],
      name
    )
  }
})

t.test('dates, numbers and errors are written as in German', async (t) => {
  const { app, db, accounts } = await build(t, { LANGUAGE: 'de', TIME_ZONE: 'Europe/Berlin' })
  const admin = visitor(app)
  await admin.signIn(await accounts.add({ username: 'xaver', roles: ['admin'] }))
  await db.insert(access_log).values({ ...rowOf('success'), time: '2024-06-30T22:15:07Z', duration_ms: 1_234 })
  const list = (await admin.get('/activity?address=192.0.2.1')).payload
  t.equal(table(list)[0]?.Zeit, '01.07.2024, 00:15:07')
  t.match(
    text(list),
    /Alle Zeiten gelten für Europe\/Berlin \((MEZ, UTC\+1|MESZ, UTC\+2)\)\. Jetzt ist es \d\d\.\d\d\./
  )
  const [, row = ''] = /href="(\/activity\/\d+)"/.exec(list) ?? []
  t.match((await admin.get(row)).payload, '1.234&nbsp;ms')
  const refused = await admin.submit('/users/new', '/users/new', { username: 'zoe', password: 'kurz' })
  t.same(fieldErrors(refused.payload), { password: '✕ Passwort muss mindestens 15 Zeichen haben' })
  const own = await admin.submit('/account', '/account/password', {
    ...{ old_password: 'falsch', new_password: 'sieben Zwerge essen gern Birnen' },
    repeated_password: 'sieben Zwerge essen gern Birnen'
  })
  t.same(fieldErrors(own.payload), { old_password: '✕ Altes Passwort ist falsch' })
})

t.test('the API stays in English', async (t) => {
  const { app } = await build(t, { LANGUAGE: 'de' })
  const { payload } = await login(app, { username: 'nobody', password: 'wrong' })
  t.match(payload, 'Bad username or password')
})

t.test('names that JavaScript gives to its own functions are shown as they are', async (t) => {
  const { app, accounts } = await build(t)
  const admin = visitor(app)
  await admin.signIn(await accounts.add({ username: 'xaver', roles: ['admin'] }))
  await admin.submit('/roles', '/roles', { name: 'constructor' })
  const { id } = await accounts.add({ username: 'zoe', roles: ['constructor'] })
  for (const path of [`/users/${id}`, '/overview', '/roles']) {
    const { payload } = await admin.get(path)
    t.match(text(payload), 'constructor', path)
    t.notMatch(payload, 'function', path)
  }
  for (const fields of [{ constructor: 'x' }, { seen: 'constructor' }] as Fields[])
    t.notMatch((await admin.submit(`/users/${id}`, `/users/${id}/roles`, fields)).payload, 'function')
})

/** Returns the words that occur in English words of the pages, and in no German ones. */
function englishWords(): Set<string> {
  const german = new Set(textsOf(de).flatMap(wordsOf))
  return new Set(
    textsOf(en)
      .flatMap(wordsOf)
      .filter((word) => !german.has(word))
  )
}

/** Returns all texts of a language. Functions are called with both numbers of grammar. */
function textsOf(words: unknown): string[] {
  if (typeof words === 'string') return [words]
  if (typeof words === 'function') {
    const calls = [
      ['', 1, 1],
      [1, 1, 1, false],
      [2, 2, 2, true],
      [true, 2],
      ['disable', 2, 2],
      ['', []],
      ['', ['']],
      [2, []],
      [2, ['']]
    ]
    return calls.flatMap((args) => {
      try {
        return textsOf(words(...args))
      } catch {
        return []
      }
    })
  }
  return words && typeof words === 'object' ? Object.values(words).flatMap(textsOf) : []
}

/** Returns the words of at least two letters, in lower case. What has digits is a name or a key. */
function wordsOf(text: string): string[] {
  const parts = text.toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? []
  return parts.filter((part) => !/\p{N}/u.test(part)).flatMap((part) => part.match(/\p{L}{2,}/gu) ?? [])
}

/** Returns what a page shows or reads out, without what is data: names of roles, routes, tables, devices and requests. */
function shown(html: string): string {
  const title = /<title>(.*?)<\/title>/.exec(html)?.[1] ?? ''
  const body = html
    .replace(/<(code|option|h1)\b[^>]*>[^<]*<\/\1>/g, (element) =>
      /\/|^<h1>(GET|POST)|>[A-Z]+</.test(element.slice(0, -7)) ? '' : element
    )
    .replace(/<(a|span|li|strong) class="(tag|program|methods)"[^>]*>[^<]*<\/\1>/g, '')
    .replace(/<code\b[^>]*>[^<]*<\/code>/g, '')
  const read = [...body.matchAll(/\s(?:aria-label|data-label|title|placeholder)="([^"]*)"/g)].map(([, value]) => value)
  return [title, text(body), ...read].join(' ')
}

function rowOf(outcome: 'success' | 'refused' | 'invalid' | 'failed' | 'aborted') {
  const request = { method: 'GET', path: '/', status: 200, duration_ms: 1, request_id: 'id', action: 'read' as const }
  return { time: fromNow(), username: 'zoe', address: '192.0.2.1', outcome, ...request }
}
