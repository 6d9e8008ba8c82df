// `npm run dev`: a line in the terminal for each request, for the developer who has just sent it. It names the user, so it is
// neither in the process log nor in production: only the demo, which nobody but this machine reaches, can show it.

import type { FastifyInstance } from 'fastify'

/** Prints a line for every request when it is logged: method, path, status, milliseconds and user. */
export function showRequests(app: FastifyInstance): void {
  app.onLogged(function show(_request, { method, path, status, duration_ms, username }) {
    process.stdout.write(`${printable(`${method} ${path} ${status} ${duration_ms} ms ${username}`)}\n`)
  })
}

/** Returns a text without characters that could change the terminal or begin another line. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?')
}
