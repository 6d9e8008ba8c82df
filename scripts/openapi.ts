// Prints the OpenAPI document or, with --types, the types of the client. With --write, updates openapi.json, the client's
// types and its version. Refuses a change that breaks clients until the version in package.json is raised.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import type { Document } from '../plugins/openapi/document.ts'
import { breakingChanges } from './breaking-changes.ts'
import { readApp } from './throw-away-app.ts'

const DOCUMENT = join(import.meta.dirname, '../openapi.json')
const TYPES = join(import.meta.dirname, '../client/schema.ts')
const PACKAGE = join(import.meta.dirname, '../client/package.json')

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
  const earlier = existsSync(DOCUMENT) ? (JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Document) : document
  const broken = isRaised(earlier, document) ? [] : breakingChanges(earlier, document)
  if (broken.length > 0) {
    console.error(`These changes break clients. Raise the version in package.json first:\n${broken.join('\n')}`)
    process.exit(1)
  }
  writeFileSync(DOCUMENT, text)
  writeFileSync(TYPES, types)
  writeFileSync(PACKAGE, readFileSync(PACKAGE, 'utf8').replace(/(?<="version": ")[^"]*/, document.info.version))
} else {
  process.stdout.write(process.argv.includes('--types') ? types : text)
}

/** Whether the second document is another API, or a later version (https://semver.org) of the same. */
function isRaised({ info: earlier }: Document, { info: now }: Document): boolean {
  if (earlier.title !== now.title) return true
  const [one, other] = [earlier, now].map(({ version }) => version.split('.').map(Number))
  const place = one?.findIndex((number, index) => number !== other?.[index]) ?? -1
  return place !== -1 && (other?.[place] ?? 0) > (one?.[place] ?? 0)
}
