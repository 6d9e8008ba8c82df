// One process of the test runner: reads the paths of test files from its standard input, one a line, and runs them one after
// another. In each file `import t from 'tap'` gives a test of that file alone: it ends before the next file is read, and with
// it go the servers and databases that the file opened at its top level.

import { registerHooks } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import t from 'tap'

const SOAK = 1000 * Number(process.env.SOAK_SECONDS ?? 0)
const FILE_TIMEOUT = 300_000 + SOAK // milliseconds
const CURRENT_TEST = 'rest-server.current-test'
const TAP = import.meta.resolve('tap')

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== 'tap' || !context.parentURL?.endsWith('.test.ts')) return nextResolve(specifier, context)
    return { url: `tap-of:${context.parentURL}`, format: 'module', shortCircuit: true }
  },
  load(url, context, nextLoad) {
    if (!url.startsWith('tap-of:')) return nextLoad(url, context)
    const source = `export * from '${TAP}'; export default globalThis[Symbol.for('${CURRENT_TEST}')]`
    return { format: 'module', source, shortCircuit: true }
  }
})

t.setTimeout(0) // Only files have a timeout.
for await (const file of createInterface({ input: process.stdin })) {
  await t.test(file, { timeout: FILE_TIMEOUT }, async (t) => {
    Object.assign(globalThis, { [Symbol.for(CURRENT_TEST)]: t })
    await import(pathToFileURL(file).href)
  })
  t.pragma({ strict: false }) // Changes nothing. The runner reads it as the end of the file.
}
t.end()
