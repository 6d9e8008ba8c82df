// Gives the project another name: `npm run rename -- fleet`. docs/renaming.md says what this means for a deployment.

import { parseArgs } from 'node:util'
import { nameOf, renameProject, requireName } from './renaming.ts'
import { InvalidRequest, ROOT, reportFailure, run } from './work-tree.ts'

const HELP = `npm run rename -- <name>

  <name>   lower-case words with hyphens between them, such as fleet or fleet-server

Changes the name in package.json, package-lock.json, the client's package.json, openapi.json, compose.yaml (the database and its
user) and docs/configuration.md. The default issuer of tokens follows.
`

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } })
  const [name = '', ...rest] = positionals
  if (values.help) console.log(HELP)
  else if (rest.length > 0) throw new InvalidRequest('Give one name; put hyphens between its words')
  else await rename(name)
} catch (error) {
  reportFailure(error, '\nNothing was changed. For help: npm run rename -- --help')
}

async function rename(name: string): Promise<void> {
  const before = nameOf(ROOT)
  requireName(ROOT, name)
  const changed = renameProject(ROOT, name)
  if (changed.length === 0) return console.log(`The project is named ${name} already.`)
  console.log([`The project is now named ${name}. These files have changed:`, ...changed].join('\n  '))
  // A single word can mean many other things.
  const left = before.includes('-') ? (await run('git', 'grep', '-lF', before)).output.trim() : ''
  if (before !== name && left !== '' && !left.startsWith('fatal'))
    console.log(`\nThese files still contain ${before}:\n  ${left.replaceAll('\n', '\n  ')}`)
  console.log('\nA server that runs somewhere already: read docs/renaming.md first.')
}
