// With a resource of every kind of field the project is as complete as without.

import t from 'tap'
import { commit, copy, lint, run, runTests } from './copy.ts'

const FIELDS =
  'code:text(1) label:text(200) note:text(20000)? size:integer shelf:integer? amount:real ratio:real? done:flag sure:flag? ' +
  'seen_at:instant sent_at:instant? made_on:date due_on:date? maker:ref(user) author:ref(user, cascade)? ' +
  'state:choice(planned|running|done):default(planned) grade:choice(a|b)? seats:integer(1..60) rate:real(0..)? ' +
  'plate:text(20):unique day:date:unique batch:integer(100..):unique? contact:email:unique site:url? ' +
  'rank:integer(1..9):default(5) hint:text(40):default(none) open:flag:default(false) ' +
  'parent:ref(lab_report)? origin:ref(lab_report, cascade)? unique(maker, label) unique(parent, code, amount_of) ' +
  'amount_of:integer about:ref(tag,nested)? aside:ref(tag, cascade, nested)?'
const FILTERS = 'label note size shelf done sure seen_at sent_at made_on due_on state grade seats plate contact rank'

/** A resource whose records belong to accounts, and one that refers to it: both have lists of others. */
const OWNED = [
  [
    'trip',
    'goal:text(200) starts_at:instant driver:ref(user) unique(driver,starts_at) tags:many(tag) side_labels:many(tag)',
    '--subject',
    'user',
    '--owner',
    'driver',
    '--all',
    'clerk'
  ],
  ['stop', 'trip:ref(trip, cascade) place:text(50) visits:many(trip) home:ref(tag, nested)']
] as const

/** The tests of the new resources, and of all routes, tables and documents of the project. The others never meet it. */
const CHANGED = [
  ...[
    'resources/tag',
    'resources/lab-report',
    'resources/trip',
    'resources/stop',
    'openapi/',
    'fuzz/',
    'roles/',
    'database/migrations',
    'http/methods',
    'browser/docs-page',
    'leaks/every-route@sqlite'
  ],
  ...['generator/files', 'generator/invalid-requests', 'project/client-package', 'project/generated-migrations']
]

t.test('with a resource of every kind of field the tests pass', async (t) => {
  const folder = await copy(t)
  await run(t, folder, 'npm', 'run', 'new', '--', 'tag', '--fields', 'name:text(50):unique', '--roles', 'user')
  await commit(t, folder)
  const options = ['--fields', FIELDS, '--filters', FILTERS, '--roles', 'user clerk']
  await run(t, folder, 'npm', 'run', 'new', '--', 'lab-report', ...options)
  await commit(t, folder)
  for (const [name, fields, ...owner] of OWNED) {
    await run(t, folder, 'npm', 'run', 'new', '--', name, '--fields', fields, '--roles', 'user', ...owner)
    await commit(t, folder)
  }
  await lint(t, folder)
  await runTests(t, folder, CHANGED)
})
