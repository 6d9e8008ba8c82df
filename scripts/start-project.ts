// Starts a new project from the template, without its history: `npm run start-project -- ../fleet fleet`.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { renameProject, requireName } from './renaming.ts'
import { attempt, gitIn } from './template/git.ts'
import { recordTemplate, versionOf, withoutCredentials } from './template/template-source.ts'
import { setVersion } from './template/template-trees.ts'
import { InvalidRequest, ROOT, reportFailure } from './work-tree.ts'

const HELP = `npm run start-project -- <folder> <name> [--from <tag or commit>]

  <folder>   where the project will be; it is created
  <name>     of the project: lower-case words with hyphens between them, such as fleet
  --from     the version of the template to start from [the last commit]

Copies the files of the template under the new name into a git repository of one commit. template.json records the commit
of the template, from which npm run template:update goes on.
`

const FIRST_VERSION = '0.1.0'
const CHANGELOG = `# Changelog

All notable changes. The format follows [Keep a Changelog](https://keepachangelog.com/en/1.1.0/), and versions follow
[Semantic Versioning](https://semver.org/spec/v2.0.0.html).

## Unreleased
`

try {
  const options = { from: { type: 'string' }, help: { type: 'boolean' } } as const
  const { positionals, values } = parseArgs({ allowPositionals: true, options })
  const [folder, name, ...rest] = positionals
  if (values.help) console.log(HELP)
  else if (folder === undefined || name === undefined || rest.length > 0)
    throw new InvalidRequest('Give the folder and the name of the new project')
  else start(resolve(folder), name, values.from)
} catch (error) {
  reportFailure(error, '\nNothing was started. For help: npm run start-project -- --help')
}

function start(folder: string, name: string, from: string | undefined): void {
  requireName(ROOT, name)
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new InvalidRequest(`${folder} is not empty`)
  if (!relative(ROOT, folder).startsWith(`..${sep}`)) throw new InvalidRequest(`${folder} is inside of the template`)
  const template = gitIn(ROOT)
  if (from === undefined && template('status', '--porcelain') !== '')
    throw new InvalidRequest(
      'The template has changes that are not committed, so nothing could record what you start from'
    )
  const commit = template('rev-parse', '--verify', `${from ?? 'HEAD'}^{commit}`).trim()
  const origin = attempt(template, 'remote', 'get-url', 'origin')?.trim()

  const own = gitIn(folder)
  try {
    copyFiles(commit, folder)
    renameProject(folder, name)
    setVersion(folder, FIRST_VERSION)
    writeFileSync(join(folder, 'CHANGELOG.md'), CHANGELOG)
    const source = origin && !existsSync(origin) ? { source: withoutCredentials(origin) } : {}
    recordTemplate(folder, { ...source, commit, version: versionOf(template, commit) })
    own('init', '--quiet', '--initial-branch=main')
    own('add', '--all')
    own('commit', '--quiet', '--message', `Start ${name} from the template`)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  console.log(`${name} is in ${folder}, committed. Next:

  cd ${folder}
  npm ci
  npm run demo
${existsSync(join(folder, 'scripts/remove-example.ts')) ? '\nnpm run remove-example deletes the example. ' : '\n'}README.md is yours to replace.`)
}

/** Writes the files of a commit into a folder. */
function copyFiles(commit: string, folder: string): void {
  const index = mkdtempSync(join(tmpdir(), 'rest-server-index-'))
  try {
    mkdirSync(folder, { recursive: true })
    const git = gitIn(ROOT, { GIT_INDEX_FILE: join(index, 'index') })
    git('read-tree', commit)
    git('checkout-index', '--all', `--prefix=${folder}/`)
  } finally {
    rmSync(index, { recursive: true })
  }
}
