// What somebody had typed into a form when their session ended. It is shown to them again after they have signed in, in the
// form, where they can send it. Nothing is sent by itself. The server stores nothing of somebody who is not signed in: the
// sign-in page carries the text, encrypted.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from '../../src/config.ts'
import { createSeal } from '../../src/seal.ts'
import type { Refusal, ShowPage } from './forms.ts'
import { ownPath } from './redirects.ts'

declare module 'fastify' {
  interface FastifyInstance {
    keptForms: KeptForms
    /** Returns the handler of a page with a form: it fills in what was kept of the form, once. */
    showKept(show: ShowPage): ShowPage
  }
}

/** What was typed into the form of a page, and where the form goes to. */
export interface KeptForm {
  page: string
  action: string
  typed: Record<string, unknown>
}

export type KeptForms = ReturnType<typeof createKeptForms>

/** How many bytes of JSON are kept at most: more than any form of the pages is expected to have. */
const MAX_KEPT = 4000
const HOUR = 3_600_000
/** Passwords and form tokens are never kept, nor is the answer to "Are you sure?", nor what was chosen in a list. */
const LEFT_OUT = /^_|password|^(confirmed|next|id)$/

/** Adds to the scope of the pages how forms are kept. */
export function addKeptForms(app: FastifyInstance, config: Pick<Config, 'secretKey'>): void {
  app.decorate('keptForms', createKeptForms(app, config))
  app.decorate('showKept', function showKept(show) {
    return async function showWithKept(request, reply) {
      const [path = ''] = request.url.split('?', 1)
      const kept = request.method === 'HEAD' ? undefined : await app.notices.takeForm(request.session.sessionId, path)
      return show(request, reply, kept && ({ errors: {}, typed: kept.typed, action: kept.action } satisfies Refusal))
    }
  })
}

function createKeptForms(app: FastifyInstance, config: Pick<Config, 'secretKey'>) {
  const seal = createSeal(config.secretKey, 'kept forms')
  const placeOf = (user_id: number) => `form of account ${user_id}`

  return {
    /** Returns the page that a form is on: the one that it names itself, or else the nearest one above its address. */
    pageOf(action: string, { next }: { next?: unknown } = {}): string {
      if (next !== undefined && ownPath(next) !== '/') return ownPath(next)
      let path = ownPath(action).split(/[?#]/, 1)[0] ?? '/'
      while (path !== '/' && app.findRoute({ method: 'GET', url: path }) === null) {
        path = path.slice(0, path.lastIndexOf('/')) || '/'
      }
      return path
    },

    /** Returns what may be kept of a form; undefined when that is nothing, or too much. */
    of(request: FastifyRequest, action: string): KeptForm | undefined {
      const fields = Object.entries((request.body ?? {}) as Record<string, unknown>)
      const typed = Object.fromEntries(fields.filter(([name]) => !LEFT_OUT.test(name)))
      const kept = { page: this.pageOf(action, request.body as object), action, typed }
      const isSmall = Buffer.byteLength(JSON.stringify(kept)) <= MAX_KEPT
      return Object.keys(typed).length > 0 && isSmall ? kept : undefined
    },

    /** Returns a kept form as text that only this server can read. */
    close(kept: KeptForm, user_id: number): string {
      return seal.close(JSON.stringify({ ...kept, until: Date.now() + HOUR }), placeOf(user_id))
    },

    /** Returns the form that was kept for this account within the last hour. */
    open(sealed: string, user_id: number): KeptForm | undefined {
      const text = seal.open(sealed, placeOf(user_id))
      if (text === undefined) return undefined
      const { until, ...kept } = JSON.parse(text) as KeptForm & { until: number }
      return until > Date.now() ? kept : undefined
    }
  }
}
