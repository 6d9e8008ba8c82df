// Prints the OpenAPI document or, with --types, the types of the client. With --write, updates openapi.json, the client's
// types and its version. Refuses a change that breaks clients of the last release until the version in package.json is raised.

import { readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { changesThatBreak, releasedDocument } from './released-document.ts'
import { readApp } from './throw-away-app.ts'

const DOCUMENT = join(import.meta.dirname, '../openapi.json')
const TYPES = join(import.meta.dirname, '../client/schema.ts')
const PACKAGE = join(import.meta.dirname, '../client/package.json')

const NO_RELEASE =
  'No release to compare with (no git tag such as v1.2.0 has an openapi.json), so changes that break clients are not found.'

// openapi-typescript needs the syntax trees of TypeScript 5. TypeScript 7 no longer has them.
registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'typescript' ? 'typescript-5' : specifier, context)
})
const { default: openapiTypescript, astToString } = await import('openapi-typescript')

const document = await readApp((app) => app.openapi())
const text = `${JSON.stringify(document, null, 2)}\n`
const types = `// The types of the API, from openapi.json: \`npm run openapi -- --write\` updates both.

${astToString(await openapiTypescript(structuredClone(document) as never))}`

if (process.argv.includes('--write')) {
  const release = releasedDocument(join(import.meta.dirname, '..'))
  if (!release) console.warn(NO_RELEASE)
  const broken = release ? changesThatBreak(release.document, document) : []
  if (broken.length > 0) {
    const reason = `These changes break clients of the release ${release?.tag}. Raise the version in package.json first:`
    console.error(`${reason}\n${broken.join('\n')}`)
    process.exit(1)
  }
  writeFileSync(DOCUMENT, text)
  writeFileSync(TYPES, types)
  writeFileSync(PACKAGE, readFileSync(PACKAGE, 'utf8').replace(/(?<="version": ")[^"]*/, document.info.version))
} else {
  process.stdout.write(process.argv.includes('--types') ? types : text)
}
