// The store that @fastify/session asks for, on the sessions of the database. Whoever signs in adds a session; here it is
// found and ended. There is nothing to write: what a session keeps is kept by src/sessions.ts, when it happens.

import type {} from '@fastify/session' // what it adds to Fastify's types
import type { Session } from 'fastify'
import type { Principal } from './accounts.ts'
import type { Sessions } from './sessions.ts'

declare module 'fastify' {
  interface Session {
    /** Whose session it is; not there for somebody who has not signed in. */
    principal?: Principal
  }
}

type Done = (error?: unknown) => void
type Found = (error: unknown, session?: Session | null) => void

/** A store that gives each session the principal it belongs to. */
export function sessionStore(sessions: Sessions) {
  return {
    get(id: string, done: Found): void {
      sessions.open(id).then(
        // The cookie's own properties are those of the configuration, so none are kept.
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
