// Preloaded into a process of the project, with `withResources`: its server has the resources of the tests as well.

import { registerHooks } from 'node:module'

const APP = new URL('../../src/app.ts', import.meta.url).href
const WITH_RESOURCES = new URL('./process-app.ts', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context)
    const isOurs = context.parentURL === WITH_RESOURCES || context.parentURL?.endsWith('/test/support/resources.ts')
    return found.url === APP && !isOurs ? { ...found, url: WITH_RESOURCES } : found
  }
})
