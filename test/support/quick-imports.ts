// Preloaded into every process of a test run that does not measure coverage; a run starts a hundred of them. What is
// loaded stays the same, but is found faster:
// * Node reads a package's package.json, 180 kB in the case of drizzle-orm, for each of its modules. There are hundreds,
//   and the relative paths by which they import each other need no looking up: 0.6 s of a core for each process.
// * tap would note every module that is loaded, for the coverage.

import { registerHooks } from 'node:module'

const DRIZZLE_MODULE = /\/node_modules\/drizzle-orm\/.*\.js$/
const COVERAGE_PRELOAD = /\/@tapjs\/processinfo\/dist\/esm\/import\.mjs$/

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL = '' } = context
    if (specifier.startsWith('.') && DRIZZLE_MODULE.test(parentURL)) {
      return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }
    }
    if (COVERAGE_PRELOAD.test(specifier)) return { url: 'data:text/javascript,', format: 'module', shortCircuit: true }
    return nextResolve(specifier, context)
  }
})
