// With a resource of every kind of field the project is as complete as without.

import t from 'tap'
import { commit, copy, lint, run, runTests } from './copy.ts'

const FIELDS =
  'code:text(1) label:text(200) note:text(20000)? size:integer shelf:integer? amount:real ratio:real? done:flag sure:flag? ' +
  'seen_at:instant sent_at:instant? made_on:date due_on:date? maker:ref(user) author:ref(user, cascade)?'
const FILTERS = 'label note size shelf done sure seen_at sent_at made_on due_on'

/** The tests of the new resource, and of all routes, tables and documents of the project. The others never meet it. */
const CHANGED = [
  ...[
    'resources/lab-report',
    'openapi/',
    'fuzz/',
    'roles/',
    'database/migrations',
    'http/methods',
    'browser/docs-page'
  ],
  ...['generator/files', 'generator/invalid-requests', 'project/client-package', 'project/generated-migrations']
]

t.test('with a resource of every kind of field the tests pass', async (t) => {
  const folder = await copy(t)
  const options = ['--fields', FIELDS, '--filters', FILTERS, '--roles', 'user clerk']
  await run(t, folder, 'npm', 'run', 'new', '--', 'lab-report', ...options)
  await commit(t, folder)
  await lint(t, folder)
  await runTests(t, folder, CHANGED)
})
