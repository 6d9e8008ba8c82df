// Preloaded into every process of a test run. Node reads a package's package.json, in this case 180 kB, for each of its
// modules; drizzle-orm has hundreds that import each other by relative paths, which need no looking up. Without this
// every process that a test starts would take 0.6 s more of a core. What is loaded stays the same.

import { registerHooks } from 'node:module'

const DRIZZLE_MODULE = /\/node_modules\/drizzle-orm\/.*\.js$/

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL = '' } = context
    if (!specifier.startsWith('.') || !DRIZZLE_MODULE.test(parentURL)) return nextResolve(specifier, context)
    return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }
  }
})
