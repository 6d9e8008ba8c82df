// The store that @fastify/session asks for, on the sessions of the database. A session is stored when somebody signs in;
// here it is read, changed and ended.

import type {} from '@fastify/session' // what it adds to Fastify's types
import type { Session } from 'fastify'
import type { Sessions } from './sessions.ts'

type Done = (error?: unknown) => void
type Found = (error: unknown, session?: Session | null) => void

/** A store that gives each session the principal it belongs to, and keeps its flash messages. */
export function sessionStore(sessions: Sessions) {
  return {
    get(id: string, done: Found): void {
      sessions.open(id).then(
        // The cookie's own properties are those of the configuration, so none are kept.
        (found) =>
          done(null, found && ({ principal: found.principal, flash: JSON.parse(found.data ?? '{}') } as never)),
        done
      )
    },
    set(id: string, session: { flash?: object }, done: Done): void {
      sessions.keep(id, JSON.stringify(session.flash ?? {})).then(() => done(), done)
    },
    destroy(id: string, done: Done): void {
      sessions.end(id).then(() => done(), done)
    }
  }
}
