// A project that follows docs/removing-the-pages.md is complete.

import t from 'tap'
import { commit, copy, lint, runTests } from './copy.ts'
import { followPage } from './snippets.ts'

/** The tests that the recipe changes, and those of what it changes. They do the same on both engines. */
const CHANGED = [
  ...['access-log/paths', 'access-log/rows', 'http/host-and-origin', 'http/rate-limit', 'leaks/every-route'],
  ...['openapi/document', 'roles/policy-table', 'browser/', 'project/documentation', 'project/layout']
]

t.test('without the pages the project is formatted, has right types, and passes its tests', async (t) => {
  const folder = await copy(t)
  await followPage(t, folder, 'docs/removing-the-pages.md')
  await commit(t, folder)
  await lint(t, folder)
  await runTests(
    t,
    folder,
    CHANGED.map((part) => `${part}@sqlite`)
  )
})
