// The store that @fastify/session needs, on top of the sessions in the database. It never writes: signing in adds the
// session, and notices.ts stores what changes in it.

import type {} from '@fastify/session' // what it adds to Fastify's types
import type { Session } from 'fastify'
import type { Principal } from '../auth/accounts.ts'
import type { Sessions } from './sessions.ts'

declare module 'fastify' {
  interface Session {
    /** Whose session it is; undefined before sign-in. */
    principal?: Principal
  }
}

type Done = (error?: unknown) => void
type Found = (error: unknown, session?: Session | null) => void

/** Returns a store whose sessions have the principal that they belong to. */
export function sessionStore(sessions: Sessions) {
  return {
    get(id: string, done: Found): void {
      sessions.open(id).then(
        // The properties of the cookie come from the plugin's options, so none are stored.
        (principal) => done(null, principal && ({ principal } as Session)),
        done
      )
    },
    set(_id: string, _session: Session, done: Done): void {
      done()
    },
    destroy(id: string, done: Done): void {
      sessions.end(id).then(() => done(), done)
    }
  }
}
