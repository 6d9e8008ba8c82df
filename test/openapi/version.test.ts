// A change that breaks clients of the last release needs a new version of the API.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Document } from '../../plugins/openapi/document.ts'
import { changesThatBreak, releasedDocument } from '../../scripts/released-document.ts'
import { generatorCopy } from '../generator/generator-copy.ts'
import { temporaryFolder } from '../support/folder.ts'
import { execute } from '../support/process.ts'
import { committed, ROOT } from './api-document.ts'

t.test('no change since the last release breaks its clients, unless the version was raised', async (t) => {
  const release = releasedDocument(ROOT)
  t.strictSame(release ? changesThatBreak(release.document, committed) : [], [], 'raise the version in package.json')
})

t.test('only a later version of the same API may break clients', async (t) => {
  const { version } = committed.info
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const removed = `PUT /api/auth/password was removed`
  for (const [info, expected] of [
    [{}, [removed]],
    [{ version: `${major}.${minor}.${patch + 1}` }, []],
    [{ version: `${major}.${minor + 10}.0` }, []],
    [{ version: `${major + 1}.0.0` }, []],
    [{ version: `${major - 1}.99.99` }, [removed]],
    [{ title: 'another' }, []]
  ] as const) {
    const changed = structuredClone(committed)
    delete changed.paths['/api/auth/password']
    Object.assign(changed.info, info)
    t.strictSame(changesThatBreak(committed, changed), expected, JSON.stringify(info))
  }
})

t.test('the last release is the highest tag of a version that has a document, among the ancestors', async (t) => {
  const { folder, git, commit } = repository(t)
  const tagOf = () => releasedDocument(folder)?.tag
  t.equal(tagOf(), undefined, 'without a commit')
  commit({ 'README.md': 'no document yet' }, 'v9.0.0')
  t.equal(tagOf(), undefined, 'without a document')
  commit({ 'openapi.json': '{"one":1}' })
  t.equal(tagOf(), undefined, 'a document that was not released')
  git('tag', 'v1.9.0')
  commit({ 'openapi.json': '{"two":2}' }, 'v1.10.0')
  t.strictSame(releasedDocument(folder), { tag: 'v1.10.0', document: { two: 2 } })
  commit({ 'openapi.json': '{"three":3}' }, 'v2.0.0-rc.1')
  for (const other of ['next', 'version-3', 'v', 'vnext', '3.0.0']) git('tag', other)
  t.strictSame(releasedDocument(folder), { tag: 'v1.10.0', document: { two: 2 } }, 'neither a candidate nor other tags')

  git('checkout', '-q', '-b', 'other')
  commit({ 'openapi.json': '{"four":4}' }, 'v4.0.0')
  git('checkout', '-q', '-')
  t.equal(tagOf(), 'v1.10.0', 'not that of another branch')
  const part = join(folder, 'part')
  mkdirSync(part)
  commit({ 'part/openapi.json': '{"five":5}' }, 'v5.0.0')
  t.strictSame(releasedDocument(part), { tag: 'v5.0.0', document: { five: 5 } }, 'in a part of a repository')
  t.equal(releasedDocument(temporaryFolder(t)), undefined, 'without a repository')
})

t.test('npm run openapi compares with the release, and says when there is none', async (t) => {
  const folder = generatorCopy(t)
  cpSync(join(ROOT, 'client'), join(folder, 'client'), { recursive: true })
  const file = join(folder, 'openapi.json')
  const write = () => execute(process.execPath, ['scripts/openapi.ts', '--write'], { cwd: folder })
  const { git, commit } = repository(t, folder)
  const withOperation = structuredClone(committed)
  withOperation.paths['/api/old/'] = withOperation.paths['/api/auth/password'] as Document['paths'][string]
  const text = JSON.stringify(withOperation)

  commit({ 'openapi.json': text })
  const unreleased = await write()
  t.equal(unreleased.code, 0, unreleased.output)
  t.match(unreleased.output, /^No release to compare with/, 'what was not released may be removed')
  t.strictSame(JSON.parse(readFileSync(file, 'utf8')), committed)

  commit({ 'openapi.json': text }, 'v1.0.0')
  const refused = await write()
  t.match(refused, { code: 1, output: /break clients of the release v1\.0\.0.*\n.*\/api\/old\/ was removed/ })
  t.equal(readFileSync(file, 'utf8'), text, 'nothing was written')

  git('tag', '-d', 'v1.0.0')
  rmSync(file)
  commit({ 'package.json': readFileSync(join(folder, 'package.json'), 'utf8') }, 'v1.0.0')
  const withoutDocument = await write()
  t.match(withoutDocument, { code: 0, output: /^No release to compare with/ })
})

/** Returns a git repository in a folder, and a function that commits files, with a tag if one is given. */
function repository(t: Test, folder = temporaryFolder(t)) {
  const git = (...args: string[]) => {
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'tag.gpgsign=false']
    execFileSync('git', [...author, ...args], { cwd: folder })
  }
  git('init', '-q')
  return {
    folder,
    git,
    commit(files: Record<string, string>, tag?: string) {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      git('add', '-A')
      git('commit', '-q', '--allow-empty', '-m', 'files')
      if (tag) git('tag', tag)
    }
  }
}
