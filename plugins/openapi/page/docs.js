// Shows the OpenAPI document: its operations by tag, each with a form that tries it, and its schemas. Swagger UI is not used:
// it has no names for its fields, links inside buttons, colours that are hard to read, and no dark form.

import { element, json, prose } from '/docs/elements.js'
import { showOperation } from '/docs/operation.js'
import { startSession } from '/docs/session.js'

const main = document.querySelector('#operations')

startSession()
const reference = await (await fetch('/openapi.json')).json()
show(reference)
addEventListener('hashchange', openTarget)
openTarget()

function show({ info, paths, tags, components }) {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation }))
  )
  main.replaceChildren(
    element('p', { class: 'title' }, element('strong', {}, info.title), ` ${info.version}`),
    ...prose(info.description),
    ...tags.map(({ name }) => {
      const ofTag = operations.filter(({ operation }) => operation.tags.includes(name))
      return section(
        name,
        ofTag.map(({ method, path, operation }) => showOperation(method, path, operation, resolve))
      )
    }),
    section(
      'Schemas',
      Object.entries(components.schemas).map(([name, schema]) =>
        element('details', { id: `schema-${name}` }, element('summary', {}, element('code', {}, name)), json(schema))
      )
    )
  )
}

function section(title, children) {
  const id = `section-${title}`
  return element('section', { 'aria-labelledby': id }, element('h2', { id }, title), ...children)
}

/** Returns what a $ref of the document refers to; anything else unchanged. */
function resolve(value) {
  if (!value.$ref) return value
  return value.$ref
    .slice(2)
    .split('/')
    .reduce((part, name) => part[name], reference)
}

/** Opens what the address names, such as #patientList. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target?.tagName !== 'DETAILS') return
  target.open = true
  target.scrollIntoView()
}
