// Produces every fault of docs/security.md on both engines, by the tests whose titles have its id, and prints a table of what
// was seen: `npm run test:faults`. SOAK_SECONDS=600 makes the soak longer.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const FAULT = /^\| (Q\d+) \| (.*?) \| (.*) \|$/gm
const FILE = /\]\(\.\.\/(.*?)\)/g

const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')
const faults = [...page.matchAll(FAULT)].map(([, id = '', promise = '', links = '']) => {
  return { id, promise, files: [...links.matchAll(FILE)].map(([, file = '']) => file) }
})
const files = new Set(['test/faults/soak.test.ts', ...faults.flatMap((fault) => fault.files)])

const runner = spawn(process.execPath, ['test/index.ts', ...files], {
  cwd: ROOT,
  stdio: ['inherit', 'pipe', 'inherit']
})
let output = ''
runner.stdout.on('data', (chunk) => {
  output += chunk
  process.stdout.write(chunk)
})
const [code] = await once(runner, 'close')

console.log('\n| fault | what must be seen | seen on |\n|---|---|---|')
for (const { id, promise, files } of faults) console.log(`| ${id} | ${promise} | ${seen(files)} |`)
process.exitCode = files.size > 1 && faults.every((fault) => fault.files.length > 0) ? code : 1

/** Returns the suites of these files, with how they ended. */
function seen(files: string[]): string {
  const suites = files.flatMap((file) => {
    const name = file.replace(/^test\/|\.test\.ts$/g, '')
    return [...output.matchAll(new RegExp(`^\\d+/\\d+ (FAILED )?(${name})( \\(\\w+\\))? `, 'gm'))].map(
      ([, failed, suite, engine = '']) => `${suite}${engine}${failed ? ' FAILED' : ''}`
    )
  })
  return suites.join(', ') || 'NOT SEEN'
}
