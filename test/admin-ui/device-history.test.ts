// A device has its readable name wherever the pages say that somebody signed it out.

import t from 'tap'
import { de } from '../../src/words/de.ts'
import { en } from '../../src/words/en.ts'
import { build } from '../support/app.ts'
import { table } from '../support/page-content.ts'
import { text } from '../support/pages.ts'
import { insertAccount, insertTokens, openAs, openAsAdministrator } from './inserted-accounts.ts'

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

const server = await build(t)
const { app, db } = server
const admin = await openAsAdministrator(server)

t.test('history, overview and activity name the device that was signed out, and keep its id in details', async (t) => {
  const anna = await insertAccount(server, 'anna', 'admin', 'user')
  const page = `/users/${anna.id}`
  const [jti = ''] = await insertTokens(db, anna.id, [{ user_agent: 'lab-device/2.1' }])
  await openAs(server, anna.id, { user_agent: IPHONE })
  await admin.submit(page, `${page}/tokens/${jti}/block`)
  await admin.submit(page, `${page}/tokens/${jti}/unblock`)
  const [, key = ''] = /\/sessions\/([\w-]{43})\/end/.exec((await admin.get(page)).payload) ?? []
  await admin.submit(page, `${page}/sessions/${key}/end`)

  const history = table((await admin.get(page)).payload, 'history').map(({ What, Before, After }) => [
    What,
    Before,
    After
  ])
  t.strictSame(history, [
    [`session ended Safari on iPhone ${IPHONE} ${key}`, '–', '–'],
    [`token unblocked lab-device lab-device/2.1 ${jti}`, '–', '–'],
    [`token blocked lab-device lab-device/2.1 ${jti}`, '–', '–']
  ])
  const overview = text((await admin.get('/overview')).payload)
  t.match(overview, /ended a session of anna : Safari on iPhone .* blocked a token of anna : lab-device/)
  t.notMatch(overview, jti)

  const activity = (await admin.get('/activity?view=changes')).payload
  const done = table(activity).map(({ What = '' }) => What.replace(/ user \d+$/, ''))
  t.strictSame(done, [
    `sign out a device: Safari on iPhone ${page}/sessions/…/end`,
    `unblock a device: lab-device ${page}/tokens/…/unblock`,
    `sign out a device: lab-device ${page}/tokens/…/block`
  ])
  const row = /href="(\/activity\/\d+)"/.exec(activity)?.[1] ?? ''
  t.match(text((await admin.get(row)).payload), /Device Safari on iPhone/)
  t.match((await admin.get(row)).payload, key, 'the request in detail has the id')
})

t.test('every request that the activity has words for exists', async (t) => {
  const routes = app.routePolicies().map(({ method, path }) => `${method} ${path}`)
  for (const request of Object.keys(en.activity.requests)) t.ok(routes.includes(request), request)
})

t.test('the overview has a sentence for every change that the history has words for', async (t) => {
  for (const action of Object.keys(de.events).filter((name) => name !== 'no role')) {
    for (const { overview } of [en, de]) t.ok(overview.did[action], action)
  }
})
