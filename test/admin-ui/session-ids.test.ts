// Signing in starts a session under a new, random id, and the id that the browser sent before is worthless.

import { randomBytes } from 'node:crypto'
import cookies from '@fastify/cookie'
import t from 'tap'
import { session } from '../../src/tables/account.ts'
import { build, buildOn } from '../support/app.ts'
import { text, visitor } from '../support/pages.ts'
import { addAdministrator, PASSWORD, signInOnPage } from './administrators.ts'
import { hasEnded, sessionCookie } from './web-sessions.ts'

const { app, db, env, config } = await build(t)
const instances = [app, (await buildOn(t, env)).app]
const account = await addAdministrator(db)

t.test('signing in replaces the session id that the browser sent before [F1, F4]', async (t) => {
  const ended = await signInOnPage(app, account)
  const past = sessionCookie(ended)
  await ended.submit('/', '/logout')
  const sentBefore = {
    'that the visitor made up': 'x'.repeat(32),
    'with a good signature, of no session': cookies.sign(randomBytes(24).toString('base64url'), config.secretKey),
    'of a session that has ended': past,
    "of somebody else's open session": sessionCookie(await signInOnPage(app, await addAdministrator(db))),
    "of the visitor's own open session": sessionCookie(await signInOnPage(app, account))
  }
  const ids: string[] = []
  for (const [name, before] of Object.entries(sentBefore)) {
    const browser = visitor(app)
    const form = await browser.form('/login', '/login')
    browser.cookies.set('session', before)
    await browser.send('POST', '/login', { ...form.fields, username: account.username, password: PASSWORD })
    const after = sessionCookie(browser)
    t.not(after, before, `an id ${name} is replaced`)
    t.match(text((await browser.get('/')).payload), `Signed in as ${account.username}`)
    await hasEnded(t, instances, before, `the session with an id ${name}`)
    ids.push(String(cookies.unsign(after, config.secretKey).value))
  }
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids) t.ok(Buffer.from(id, 'base64url').length >= 16, 'an id has at least 128 bits')
  const stored = JSON.stringify(await db.select().from(session))
  for (const id of ids) t.notMatch(stored, id, 'the table does not contain the id of a cookie')
})
