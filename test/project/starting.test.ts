// What the commands for a project from the template refuse, and which upgrade notes they print. test/copies shows that they
// work.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { withoutCredentials } from '../../scripts/template/template-source.ts'
import { newNotes } from '../../scripts/template/upgrade-notes.ts'
import { temporaryFolder } from '../support/folder.ts'
import { execute } from '../support/process.ts'
import { copyOf, ROOT } from './project-files.ts'

const UPDATE = join(ROOT, 'scripts/template-update.ts')

t.test('a project starts in a new folder outside, under a name that works, from what is committed', async (t) => {
  const template = smallTemplate(t)
  const parent = temporaryFolder(t)
  const start = (...args: string[]) => inFolder(template, join(template, 'scripts/start-project.ts'), ...args)
  mkdirSync(join(parent, 'full'))
  writeFileSync(join(parent, 'full/file.txt'), '')
  for (const [args, reason] of [
    [[], /^Give the folder and the name/],
    [[join(parent, 'fleet')], /^Give the folder and the name/],
    [[join(parent, 'fleet'), 'Fleet'], /^Fleet: a project is named by/],
    [[join(parent, 'full'), 'fleet'], /full is not empty/],
    [[join(template, 'fleet'), 'fleet'], /is inside of the template/],
    [[template, 'fleet'], /is not empty/],
    [[join(parent, 'fleet'), 'fleet', '--from', 'v9.9.9'], /^git rev-parse failed/]
  ] as const) {
    const { code, output } = await start(...args)
    t.equal(code, 1, args.join(' '))
    t.match(output, reason)
    t.match(output, '\nNothing was started.')
  }
  t.equal(existsSync(join(parent, 'fleet')), false)

  writeFileSync(join(template, 'new.txt'), '')
  t.match(await start(join(parent, 'fleet'), 'fleet'), { code: 1, output: /changes that are not committed/ })
  git(template, 'add', '-A')
  git(template, 'commit', '-qm', 'new')
  t.match(await start(join(parent, 'fleet'), 'fleet'), { code: 0 })
  const record = JSON.parse(readFileSync(join(parent, 'fleet/template.json'), 'utf8'))
  t.strictSame(Object.keys(record), ['commit', 'version'], 'a template without a remote has no address')
  t.equal(git(join(parent, 'fleet'), 'status', '--porcelain'), '')
  t.equal(git(join(parent, 'fleet'), 'ls-files').split('\n').includes('new.txt'), true)

  await t.test('an update needs a template, a commit to start from, and a clean repository', async (t) => {
    const project = join(parent, 'fleet')
    const update = (...args: string[]) => inFolder(project, UPDATE, ...args)
    t.match(await update(), { code: 1, output: /names no repository of the template/ })
    t.match(await update('v9.9.9'), { code: 1, output: /names no repository of the template/ })
    t.match(await update('nowhere', 'v1'), { code: 1, output: /^nowhere is neither a folder nor a URL/ })
    t.match(await update(template, 'v9.9.9'), { code: 1, output: /has no tag, branch or commit v9\.9\.9/ })
    t.match(await update(template, '--base', 'abcdef1'), { code: 1, output: /has no commit abcdef1/ })
    t.match(await update('--continue'), { code: 1, output: /^No update of the template is under way/ })
    t.match(await update(template), { code: 0, output: /already contains/ })
    git(project, 'rm', '-q', 'template.json')
    t.match(await update(template), { code: 1, output: /^Commit or stash your changes first/ })
    git(project, 'commit', '-qm', 'no record')
    t.match(await update(template), { code: 1, output: /^Which commit of the template .*--base/ })
    t.match(await inFolder(join(project, 'scripts'), UPDATE, template), {
      code: 1,
      output: /^Run this in the top folder/
    })
    t.match(await inFolder(temporaryFolder(t), UPDATE, template), { code: 1, output: /^Run this in the top folder/ })
    t.equal(git(project, 'status', '--porcelain'), '')
  })
})

t.test('the address of the template is recorded without a password', async (t) => {
  for (const [address, recorded] of [
    ['https://ada:token@git.example.org/team/template.git', 'https://git.example.org/team/template.git'],
    ['git@git.example.org:team/template.git', 'git@git.example.org:team/template.git'],
    ['ssh://git@git.example.org/team/template.git', 'ssh://git@git.example.org/team/template.git']
  ] as const) {
    t.equal(withoutCredentials(address), recorded)
  }
})

t.test('upgrade notes are the new points of that section, and new points about upgrading', async (t) => {
  const before = '# Changelog\n\n## Unreleased\n\n### Upgrade notes\n\n* Old note\n  of two lines.\n'
  const after = [
    '# Changelog\n\n## [3.0.0] - 2030-01-01\n\n### Added\n\n* A thing.\n* Another. **Upgrading**: do it.\n\n### Upgrade notes\n\n',
    '* Do this\n  first.\n\n### Changed\n\n* No note.\n\n## [2.0.0]\n\n### Upgrade notes\n\n* Old note of\n  two lines.\n'
  ].join('')
  t.strictSame(newNotes(before, after), [
    '3.0.0 - 2030-01-01: Another. **Upgrading**: do it.',
    '3.0.0 - 2030-01-01: Do this first.'
  ])
  t.strictSame(newNotes(after, after), [])
  t.strictSame(newNotes('', ''), [])
})

/** Returns the folder of a repository with what starting a project needs. */
function smallTemplate(t: Test): string {
  const folder = copyOf(t, ['scripts', 'package.json', 'package-lock.json', 'client/package.json', '.gitignore'])
  git(folder, 'init', '-q')
  git(folder, 'add', '-A')
  git(folder, 'commit', '-qm', 'template')
  return folder
}

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: environment() })
}

function inFolder(folder: string, ...args: string[]) {
  return execute(process.execPath, args, { cwd: folder, env: environment() })
}

function environment(): NodeJS.ProcessEnv {
  const identity = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'a'],
    [`GIT_${who}_EMAIL`, 'a@example.org']
  ])
  return { PATH: process.env.PATH, HOME: process.env.HOME, ...Object.fromEntries(identity) }
}
