// What a page contains: tables, errors, links, notices and the form that adds a user.

import type { LightMyRequestResponse } from 'fastify'
import { type Fields, type Form, forms, text, type Visitor } from './pages.ts'

type Cells = Record<string, string>

/** Returns the rows of the tables on a page, or in one of its sections. The keys are the column titles. */
export function table(html: string, section?: string): Cells[] {
  const part = section ? (html.split(`<section id="${section}"`)[1] ?? '').split('</section>', 1)[0] : html
  return [...(part ?? '').matchAll(/<tr\b.*?<\/tr>/gs)]
    .map(([row]) =>
      Object.fromEntries(
        [...row.matchAll(/<t[hd]\b[^>]*data-label="([^"]*)"[^>]*>(.*?)<\/t[hd]>/gs)].map(([, label, cell = '']) => [
          label,
          text(cell)
        ])
      )
    )
    .filter((cells) => Object.keys(cells).length > 0)
}

/** Returns the error that a page shows beside each field. */
export function fieldErrors(html: string): Cells {
  return Object.fromEntries(
    [...html.matchAll(/id="(\w+)-problem">(.*?)<\/p>/gs)].map(([, field, error = '']) => [field, text(error)])
  )
}

/** Returns the generated password that a page shows; undefined without one. */
export function shownPassword(html: string): string | undefined {
  return /<code class="secret">([^<]*)<\/code>/.exec(html)?.[1]
}

/** Returns the address of the link with this label; undefined without one. */
export function link(html: string, label: string): string | undefined {
  const found = [...html.matchAll(/<a\b[^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].find(([, , words]) => words === label)
  return found && text(found[1] ?? '')
}

/** Returns an instant as the pages show it: `1 Jan 2024, 11:24`. */
export function minute(instant: string | null | undefined): string {
  const [, day, month, year, time = ''] = new Date(instant ?? '').toUTCString().split(' ')
  return `${Number(day)} ${month} ${year}, ${time.slice(0, 5)}`
}

/** Returns the location of a redirect; for any other response, its status. */
export function redirectTarget({
  statusCode,
  headers
}: Pick<LightMyRequestResponse, 'statusCode' | 'headers'>): string {
  return statusCode === 302 ? String(headers.location ?? '') : String(statusCode)
}

/** Returns the form that adds a user. */
export async function addUserForm(browser: Visitor): Promise<Form> {
  const page = (await browser.get('/users/new')).payload
  const found = forms(page).find(({ action }) => action === '/users/new')
  if (!found) throw new Error('no form to add a user')
  return found
}

/** Fills in the form that adds a user, and submits it. */
export async function addUser(browser: Visitor, fields: Fields): Promise<LightMyRequestResponse> {
  return await browser.send('POST', '/users/new', { ...(await addUserForm(browser)).fields, ...fields })
}

/** Returns the token that the forms of this browser's session carry. */
export async function formToken(browser: Visitor): Promise<string> {
  return String((await addUserForm(browser)).fields._csrf)
}

/** Sends the form of a page that asks whether its reader is sure, as a response to another form. */
export async function confirm(browser: Visitor, asked: LightMyRequestResponse): Promise<LightMyRequestResponse> {
  const form = forms(asked.payload).find(({ fields }) => 'confirmed' in fields)
  if (!form) throw new Error(`no question (${asked.statusCode}): ${text(asked.payload)}`)
  return await browser.send('POST', form.action, form.fields)
}

const ELEMENTS = new Set(
  (
    '!doctype html head meta title link body a header div img nav ul li form input span button main p strong code h1 h2 ' +
    'select option section table thead tbody tr th td dl dt dd label fieldset legend details summary time small footer'
  ).split(' ')
)

/** Returns the tags that our templates do not write: other elements, event handlers, and addresses of other sites. */
export function foreignTags(html: string): string[] {
  return [...html.matchAll(/<\/?([^\s>/]*)([^>]*)>/g)].flatMap(([tag, element = '', attributes = '']) => {
    const handler = /\son\w*\s*=/i.test(attributes.replace(/"[^"]*"/g, '""'))
    const leaves = /\s(href|src|action)="(?!#|\/(?!\/))/.test(attributes)
    return !ELEMENTS.has(element) || handler || leaves ? [tag] : []
  })
}
