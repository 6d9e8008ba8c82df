// What generated requests learn from earlier responses.

import type { LightMyRequestResponse } from 'fastify'
import type { Plan } from './requests.ts'

/** How many ids of a resource are kept. */
const MOST_IDS = 100
/** How many cursors of lists are kept. */
const MOST_CURSORS = 20

/** Remembers the ids and ETags of responses, so that later requests can use them. */
export function createMemory() {
  const ids = new Map<string, Set<number>>()
  const etags = new Map<string, string>()
  const cursors: string[] = []

  function add(resource: string, id: unknown) {
    if (typeof id !== 'number') return
    const known = ids.get(resource) ?? new Set()
    ids.set(resource, known.add(id))
    const [first] = known
    if (first !== undefined && known.size > MOST_IDS) known.delete(first)
  }

  return {
    /** Returns a known value for a field of this name as JSON: the id of a resource, the ETag of the URL, or a cursor. */
    recall(name: string, pick: number, url: string): string | undefined {
      if (name === 'after') return cursors[pick % cursors.length]
      if (name === 'if-match') return JSON.stringify(etags.get(url))
      // A field need not be named after the resource it refers to.
      const known = [...(ids.get(name) ?? [...ids.values()].flatMap((some) => [...some]))]
      return known.length > 0 ? String(known[pick % known.length]) : undefined
    },

    /** Remembers what a response contains, and forgets a record that is gone. */
    learn({ method, path }: Plan, url: string, response: LightMyRequestResponse) {
      const resource = path.split('/').findLast((part) => part !== '' && !part.startsWith('{')) ?? ''
      const isGone = response.statusCode === 404 || (method === 'DELETE' && response.statusCode < 300)
      if (isGone) ids.get(resource)?.delete(Number(url.split('/').at(-1)))
      if (isGone || response.statusCode >= 300) return
      const { etag, location } = response.headers
      if (etag) etags.set(String(location ?? url), String(etag))
      if (etags.size > 10 * MOST_IDS) etags.clear()
      if (!String(response.headers['content-type']).startsWith('application/json')) return
      const body = response.json<{ id?: number; next?: unknown; [name: string]: unknown }>()
      if (body.next && cursors.unshift(JSON.stringify(body.next)) > MOST_CURSORS) cursors.pop()
      if (body.id) return add(resource, body.id)
      for (const list of Object.values(body).filter(Array.isArray))
        for (const { id } of list.slice(-20)) add(resource, id)
    }
  }
}
