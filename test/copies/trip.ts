// The recipes that build on each other: the trips of drivers, followed to the letter in one copy.

import t from 'tap'
import { commit, copy, lint, run, runTests } from './copy.ts'
import { followPage } from './snippets.ts'

const PAGES = [
  'docs/adding-an-action.md',
  'docs/many-to-many.md',
  'docs/uploading-files.md',
  'docs/sending-webhooks.md'
]

t.test('the recipes about trips work as they say', async (t) => {
  const folder = await copy(t)
  for (const page of PAGES) {
    await t.test(page, async (t) => {
      await followPage(t, folder, page)
      await commit(t, folder)
    })
  }

  await t.test('what all pages have added has the right form and types, is described, and is fuzzed', async (t) => {
    await run(t, folder, 'npm', 'run', 'format')
    await lint(t, folder)
    await runTests(t, folder, [
      'openapi/',
      'project/layout',
      'project/documentation',
      'fuzz/@sqlite',
      'roles/policy-table'
    ])
  })
})
