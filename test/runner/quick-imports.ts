// Preloaded into every process of a test run that does not measure coverage; a run starts a hundred of them. It finds modules
// as quickly as the server does, and keeps tap from noting every module that is loaded, for the coverage.

import { registerHooks } from 'node:module'
import '../../src/quick-imports.js'

const COVERAGE_PRELOAD = /\/@tapjs\/processinfo\/dist\/esm\/import\.mjs$/

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (COVERAGE_PRELOAD.test(specifier)) return { url: 'data:text/javascript,', format: 'module', shortCircuit: true }
    return nextResolve(specifier, context)
  }
})
