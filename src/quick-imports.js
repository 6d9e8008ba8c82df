// Preloaded before the server (see package.json), which then starts in half the time. What is loaded stays the same:
// * For each import Node looks for the file, its real path and the package.json that it belongs to, 180 kB in the case of
//   drizzle-orm. Hundreds of modules import each other by paths that need no looking up.
// * What Node has compiled once, it finds in a cache the next time, if the folder of the packages can be written.
// This file is JavaScript, because for the first TypeScript that is not in the cache Node loads a compiler.

import { enableCompileCache, registerHooks } from 'node:module'
import { join } from 'node:path'

/** Packages of many ES modules, whose relative imports have an extension. */
const ES_MODULE = /\/node_modules\/(drizzle-orm\/.*\.js|@sinclair\/typebox\/.*\.mjs)$/

/** Where the imports `drizzle-orm…` of our own modules lead. */
const found = new Map()

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL = '' } = context
    if (specifier.startsWith('.')) {
      const isOurs = specifier.endsWith('.ts')
      const format = isOurs ? 'module-typescript' : ES_MODULE.test(parentURL) ? 'module' : undefined
      if (format) return { url: new URL(specifier, parentURL).href, format, shortCircuit: true }
    }
    if (!specifier.startsWith('drizzle-orm') || parentURL.includes('/node_modules/')) {
      return nextResolve(specifier, context)
    }
    if (!found.has(specifier)) found.set(specifier, nextResolve(specifier, context).url)
    return { url: found.get(specifier), format: 'module', shortCircuit: true }
  }
})

enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/node-compile-cache'))
