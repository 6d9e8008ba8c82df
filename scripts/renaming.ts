// The places in which the project names itself, and what a name can be. Everything else that needs the name, such as the
// default issuer of tokens, reads package.json.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidRequest } from './work-tree.ts'

const SHORTEST = 3
const LONGEST = 50

/** Each file with what its matches are replaced by. What a project has changed or deleted is left as it is. */
const PLACES = (name: string): [file: string, ...[place: RegExp, text: string][]][] => {
  const database = name.replaceAll('-', '_')
  return [
    ['package.json', [/(?<=^\{\s*"name": ")[^"]*/, name]],
    ['package-lock.json', [/(?<=^\{\s*"name": ")[^"]*/, name], [/(?<="packages": \{\s*"": \{\s*"name": ")[^"]*/, name]],
    ['client/package.json', [/(?<=^\{\s*"name": ")[^"]*/, `${name}-client`]],
    ['openapi.json', [/(?<="info": \{\s*"title": ")[^"]*/, name]],
    ['docs/configuration.md', [/(?<=^\| `JWT_ISSUER` \| `)[^`]*/m, name]],
    [
      'compose.yaml',
      [/(?<=postgres:\/\/)\w+(?=:\$\{POSTGRES_PASSWORD)/, database],
      [/(?<=@postgres:5432\/)\w+/, database],
      [/(?<=POSTGRES_USER: )\w+/, database],
      [/(?<=POSTGRES_DB: )\w+/, database],
      [/(?<=pg_isready -U )\w+/, database]
    ]
  ]
}

/** Returns the name of the project in a folder. */
export function nameOf(folder: string): string {
  return packageOf(folder).name
}

/** Gives the project in a folder another name, and returns the files that have changed. */
export function renameProject(folder: string, name: string): string[] {
  return PLACES(name).flatMap(([path, ...places]) => {
    const file = join(folder, path)
    if (!existsSync(file)) return []
    const before = readFileSync(file, 'utf8')
    const after = places.reduce((text, [place, word]) => text.replace(place, word), before)
    if (after === before) return []
    writeFileSync(file, after)
    return [path]
  })
}

/** Throws InvalidRequest if the project in a folder cannot have this name. */
export function requireName(folder: string, name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length < SHORTEST || name.length > LONGEST) {
    throw new InvalidRequest(
      `${name || 'the name'}: a project is named by lower-case words with hyphens between them, ${SHORTEST} to ${LONGEST} characters`
    )
  }
  const { dependencies, devDependencies } = packageOf(folder)
  const packages = { ...dependencies, ...devDependencies }
  if (name in packages || `${name}-client` in packages)
    throw new InvalidRequest(`${name}: npm does not install a package of the same name into a project`)
  if (/^(pg-|template[01]$)/.test(name)) throw new InvalidRequest(`${name}: PostgreSQL keeps such names for itself`)
}

function packageOf(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    dependencies?: Record<string, string>
    devDependencies?: Record<string, string>
  }
}
