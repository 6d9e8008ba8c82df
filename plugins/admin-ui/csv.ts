// CSV (RFC 4180) for a spreadsheet.

import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Sends lines as a file with this name. For HEAD the lines are not even read. */
export function sendCsv(request: FastifyRequest, reply: FastifyReply, name: string, lines: AsyncIterable<string>) {
  reply.header('content-type', 'text/csv; charset=utf-8')
  reply.header('content-disposition', `attachment; filename="${name}"`)
  return reply.send(Readable.from(request.method === 'HEAD' ? [] : lines))
}

/** Returns a line with these values. */
export function csvLine(values: unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

// A spreadsheet runs what looks like a formula. An apostrophe makes it text.
function cell(value: unknown): string {
  const text = String(value ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
