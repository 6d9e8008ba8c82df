// Prints the API's document, with --types the types of the client that come from it; with --write it puts them into
// openapi.json and client/, which gets the version as well. A change that breaks clients is written only when the version
// in package.json has been raised.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import type { Document } from '../src/openapi.ts'
import { breakingChanges } from './breaking-changes.ts'
import { askApp } from './throw-away-app.ts'

const DOCUMENT = join(import.meta.dirname, '../openapi.json')
const TYPES = join(import.meta.dirname, '../client/schema.ts')
const PACKAGE = join(import.meta.dirname, '../client/package.json')

// openapi-typescript builds syntax trees with the TypeScript of before 7, whose compiler has no such interface any more.
registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'typescript' ? 'typescript-5' : specifier, context)
})
const { default: openapiTypescript, astToString } = await import('openapi-typescript')

const document = await askApp((app) => app.openapi())
const text = `${JSON.stringify(document, null, 2)}\n`
const types = `// The types of the API, from openapi.json: \`npm run openapi -- --write\` renews both.

${astToString(await openapiTypescript(structuredClone(document) as never))}`

if (process.argv.includes('--write')) {
  const earlier = existsSync(DOCUMENT) ? (JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Document) : document
  const broken = isRaised(earlier, document) ? [] : breakingChanges(earlier, document)
  if (broken.length > 0) {
    console.error(`These changes break clients; raise the version in package.json first:\n${broken.join('\n')}`)
    process.exit(1)
  }
  writeFileSync(DOCUMENT, text)
  writeFileSync(TYPES, types)
  writeFileSync(PACKAGE, readFileSync(PACKAGE, 'utf8').replace(/(?<="version": ")[^"]*/, document.info.version))
} else {
  process.stdout.write(process.argv.includes('--types') ? types : text)
}

/** Whether it is another API, or a later version (https://semver.org) of the same. */
function isRaised({ info: earlier }: Document, { info: now }: Document): boolean {
  if (earlier.title !== now.title) return true
  const [one, other] = [earlier, now].map(({ version }) => version.split('.').map(Number))
  const place = one?.findIndex((number, index) => number !== other?.[index]) ?? -1
  return place !== -1 && (other?.[place] ?? 0) > (one?.[place] ?? 0)
}
