// With a resource of every kind of field the project is as green as without.

import t from 'tap'
import { commit, copy, run } from '../support/copy.ts'

const FIELDS =
  'code:text(1) label:text(200) note:text(20000)? size:integer shelf:integer? amount:real ratio:real? done:flag sure:flag? ' +
  'seen_at:instant sent_at:instant? made_on:date due_on:date? maker:ref(user) author:ref(user, cascade)?'
const FILTERS = 'label note size shelf done sure seen_at sent_at made_on due_on'

t.test('with a resource of every kind of field the whole suite is green', async (t) => {
  const folder = await copy(t)
  const told = ['--fields', FIELDS, '--filters', FILTERS, '--roles', 'user clerk']
  await run(t, folder, 'npm', 'run', 'new', '--', 'lab-report', ...told)
  await commit(t, folder)
  await run(t, folder, 'npm', 'test')
})
