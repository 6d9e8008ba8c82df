// Checks of the responses that the pages send.

import type { LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { text } from '../support/pages.ts'

/** The Accept header of a browser. For an unknown address, only a browser gets a page. */
export const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

/** The content type of a form. */
export const FORM = 'application/x-www-form-urlencoded'

/** Shows that a response is an HTML page or a redirect. */
export function isPage(t: Test, { statusCode, payload, headers }: LightMyRequestResponse, method = 'GET'): void {
  if (statusCode === 302) return void t.equal(payload, '')
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  t.match(payload, method === 'HEAD' ? /^$/ : /^<!doctype html>.*<\/html>\n$/s)
}

/** Shows that a response is the page that rejects a form because of its token or its origin. */
export function isFormRefused(t: Test, response: LightMyRequestResponse, name: string): void {
  t.equal(response.statusCode, 403, name)
  isPage(t, response)
  t.match(text(response.payload), 'This form has expired, or was not sent from these pages.')
}
