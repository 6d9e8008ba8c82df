// A form that comes from another site, according to the browser, is rejected even with the right token.

import t from 'tap'
import { build } from '../support/app.ts'
import { addAdministrator, signInOnPage } from './administrators.ts'
import { formState } from './form-targets.ts'
import { BROWSER, isFormRefused } from './page-checks.ts'

const HOST = 'server.example'
const FOREIGN_ORIGINS = [
  'null',
  'https://evil.test',
  `http://${HOST}.evil.test`,
  `http://evil-${HOST}`,
  `http://evil.${HOST}`,
  'http://example',
  `http://${HOST}:8080`,
  `http://${HOST}.`,
  `http://${HOST}@evil.test`,
  `http://evil.test/${HOST}`,
  `http://evil.test#${HOST}`,
  `http://evil.test?http://${HOST}`,
  `http://evil.test http://${HOST}`,
  `http://${HOST} http://evil.test`,
  `http://${HOST}, http://evil.test`,
  HOST,
  '',
  'file://',
  'data:',
  'garbage'
]

const { app, db, log } = await build(t)
const admin = await signInOnPage(app, await addAdministrator(db), BROWSER)
const { _csrf = '' } = (await admin.form('/roles', '/roles')).fields

t.test('a form from another origin or site is rejected even with the right token [F9]', async (t) => {
  const before = await formState(db)
  for (const origin of FOREIGN_ORIGINS) isFormRefused(t, await addRole('intruder', { origin }), `Origin: ${origin}`)
  for (const site of ['cross-site', 'same-site', 'same-origin, cross-site', 'garbage', '']) {
    const headers = { 'sec-fetch-site': site }
    isFormRefused(t, await addRole('intruder', headers), `Sec-Fetch-Site: ${site}`)
    const withOrigin = await addRole('intruder', { ...headers, origin: `http://${HOST}` })
    isFormRefused(t, withOrigin, `Sec-Fetch-Site: ${site}, with our own origin`)
  }
  const forwarded = await addRole('intruder', { origin: 'http://evil.test', 'x-forwarded-host': 'evil.test' })
  isFormRefused(t, forwarded, 'a forwarded host that no proxy vouches for')
  t.strictSame(await formState(db), before, 'no row has changed')
})

t.test('the process log says which header of a rejected form was wrong, and not what it held [F9]', async (t) => {
  for (const name of ['origin', 'sec-fetch-site']) {
    const logged = log().length
    isFormRefused(t, await addRole('intruder', { [name]: `https://evil.test/${'x'.repeat(12_000)}` }), name)
    const line = log().slice(logged)
    t.match(line, /"event":"foreign form","header":"(origin|sec-fetch-site)"/)
    t.notMatch(line, /evil\.test/)
  }
})

t.test('a form from our own origin, or without any, is accepted [F9]', async (t) => {
  const own: Record<string, string>[] = [
    {},
    { origin: `http://${HOST}` },
    { origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { host: `${HOST}:5000`, origin: `http://${HOST}:5000` },
    { host: '[::1]:5000', origin: 'http://[::1]:5000' }
  ]
  for (const [index, headers] of own.entries()) {
    t.equal((await addRole(`own-${index}`, headers)).statusCode, 302, JSON.stringify(headers))
  }
})

t.test('a link from another site opens a page [F9]', async (t) => {
  for (const url of ['/', '/login', '/roles']) {
    const headers = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site', host: HOST }
    t.match(await admin.get(url, headers), { statusCode: /^(200|302)$/ }, url)
  }
})

function addRole(name: string, headers: Record<string, string>) {
  return admin.send('POST', '/roles', { _csrf, name }, { host: HOST, ...headers })
}
