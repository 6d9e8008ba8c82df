// How a page is shown, and shown again when the form on it is refused.

import type { FastifyReply, FastifyRequest } from 'fastify'

/** Why a form was refused, and what had been typed into it. */
export interface Refusal {
  /** By the name of the field. */
  errors: Record<string, string>
  /** What is no field's fault. */
  message?: string
  typed: Record<string, unknown>
}

/** Gives a page; with a refusal, the reasons stand on it beside what was typed. */
export type ShowPage = (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal) => Promise<string>
