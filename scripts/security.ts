// Prints docs/security.md with the test files that prove each requirement, found by the ids in the titles of the tests. With
// --write, updates the file. The promises themselves are edited in docs/security.md.

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const PAGE = join(ROOT, 'docs/security.md')
/** A row of the tables: an id, its promise, and the files that prove it. */
const ROW = /^\| ([A-Z]\d+) \| (.*?) \| .*\|$/gm
const UNPROVEN = 'no test'

const proofs = proofsById()
const page = readFileSync(PAGE, 'utf8')
const unknown = [...proofs.keys()].filter((id) => !page.includes(`\n| ${id} |`))
if (unknown.length > 0) {
  console.error(`Tests name requirements that docs/security.md does not have: ${unknown.join(', ')}`)
  process.exit(1)
}
const updated = page.replace(ROW, (_row, id, promise) => `| ${id} | ${promise} | ${links(id)} |`)
if (process.argv.includes('--write')) writeFileSync(PAGE, updated)
else process.stdout.write(updated)

/** Returns the test files by the requirement ids in their titles, such as `[A5, L7]`. */
function proofsById(): Map<string, Set<string>> {
  const byId = new Map<string, Set<string>>()
  for (const file of globSync('test/**/*.ts', { cwd: ROOT }).sort()) {
    for (const [, ids = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(/\[([A-Z]\d+(?:, [A-Z]\d+)*)\]/g)) {
      for (const id of ids.split(', ')) byId.set(id, (byId.get(id) ?? new Set()).add(file))
    }
  }
  return byId
}

function links(id: string): string {
  const files = [...(proofs.get(id) ?? [])]
  if (files.length === 0) return UNPROVEN
  return files.map((file) => `[${file.replace(/^test\/|(\.test)?\.ts$/g, '')}](../${file})`).join(', ')
}
