// A change that breaks clients needs a new version of the API.

import t from 'tap'
import type { Document } from '../../plugins/openapi/document.ts'
import { breakingChanges } from '../../scripts/breaking-changes.ts'
import { execute } from '../support/process.ts'
import { committed, ROOT } from './api-document.ts'

t.test('no change since this version of the API was first committed breaks a client', async (t) => {
  const git = async (...args: string[]) => (await execute('git', args, { cwd: ROOT })).output
  const { title, version } = committed.info
  const commits = (await git('log', '--format=%H', '--', 'openapi.json'))
    .split('\n')
    .filter((line) => /^[0-9a-f]{40}$/.test(line))
  const earlier = [committed]
  for (const commit of commits) {
    const text = await git('show', `${commit}:openapi.json`)
    if (text.startsWith('{')) earlier.push(JSON.parse(text) as Document)
  }
  for (const document of earlier) {
    if (document.info.title !== title || document.info.version !== version) continue
    t.strictSame(breakingChanges(document, committed), [], 'otherwise raise the version in package.json')
  }
})
