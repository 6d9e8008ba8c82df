// Preloaded before the server (see package.json), which then starts in half the time. What is loaded stays the same:
// * Node reads a package's package.json, 180 kB in the case of drizzle-orm, for each import of one of its modules. There are
//   hundreds, and the relative paths by which they import each other need no looking up.
// * What Node has compiled once, it finds in a cache the next time, if the folder of the packages can be written.
// This file is JavaScript, because for the first TypeScript that is not in the cache Node loads a compiler.

import { enableCompileCache, registerHooks } from 'node:module'
import { join } from 'node:path'

const DRIZZLE_MODULE = /\/node_modules\/drizzle-orm\/.*\.js$/

/** Where the imports `drizzle-orm…` of our own modules lead. */
const found = new Map()

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL = '' } = context
    if (specifier.startsWith('.') && DRIZZLE_MODULE.test(parentURL)) {
      return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }
    }
    if (!specifier.startsWith('drizzle-orm') || parentURL.includes('/node_modules/')) {
      return nextResolve(specifier, context)
    }
    if (!found.has(specifier)) found.set(specifier, nextResolve(specifier, context).url)
    return { url: found.get(specifier), format: 'module', shortCircuit: true }
  }
})

enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/node-compile-cache'))
