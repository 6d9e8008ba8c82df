// The errors that only the pages throw. Those of the whole server are in src/errors.ts.

import createError from '@fastify/error'
import type { FastifyRequest } from 'fastify'

/** 403 for a form that does not come from these pages, or not from this session. */
export const FormRefused = createError(
  'FORM_REFUSED',
  'This form has expired, or was not sent from these pages. Open the page again and resend the form',
  403
)
export const OwnAccount = createError<[string]>('OWN_ACCOUNT', 'You cannot %s your own account', 409)
export const FixedRole = createError('FIXED_ROLE', 'The server or one of its routes needs this role', 409)
export const RoleInUse = createError('ROLE_IN_USE', 'Some users still have this role', 409)
/** 409 for a token that was blocked by a logout or by its reuse. Only an administrator's block can be undone. */
export const TokenNotUnblockable = createError(
  'TOKEN_NOT_UNBLOCKABLE',
  'Only a token that an administrator blocked can be unblocked',
  409
)

/**
 * Throws OwnAccount when the user of the path is the one who is signed in. A mistake would lock out the only person who
 * can correct it, and somebody at a browser that was left open could take the account over.
 */
export function refuseOwnAccount(request: FastifyRequest, action: string): void {
  if ((request.params as { id: number }).id === request.principal?.id) throw new OwnAccount(action)
}
