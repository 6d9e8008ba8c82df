// Preloaded into a process of the project, with `withResources`: instead of src/app.ts it gets the module that the address of
// this one names in `app`.

import { registerHooks } from 'node:module'

const APP = new URL('../../src/app.ts', import.meta.url).href
const REPLACEMENT = new URL(import.meta.url).searchParams.get('app') ?? ''
const TESTS = new URL('..', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context)
    const isOurs = context.parentURL?.startsWith(TESTS)
    return found.url === APP && !isOurs ? { ...found, url: REPLACEMENT } : found
  }
})
