// The committed OpenAPI document, and changed copies of it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Document, Operation } from '../../plugins/openapi/document.ts'
import type { JsonObject } from '../../plugins/openapi/json-schema.ts'
import { breakingChanges } from '../../scripts/breaking-changes.ts'

export const ROOT = join(import.meta.dirname, '../..')

/** The document in openapi.json. */
export const committed = JSON.parse(readFileSync(join(ROOT, 'openapi.json'), 'utf8')) as Document

export interface Schema {
  properties: Record<string, JsonObject>
  required: string[]
}

const PATH = '/api/auth/password'

/** Returns the breaking changes of an edit to the document; `operation` is the change of the own password. */
export function afterChange(edit: (document: Document, operation: Operation) => void): string[] {
  const document = structuredClone(committed)
  edit(document, operationOf(document))
  return breakingChanges(committed, document)
}

/** Returns the breaking changes of an edit to the request body of the operation. */
export function afterBodyChange(edit: (body: Schema) => void): string[] {
  return afterChange((document) => edit(schemaOf(document, 'PasswordChange')))
}

/** Returns the breaking changes of an edit to the field `new_password` of the request body. */
export function afterFieldChange(changes: JsonObject): string[] {
  return afterBodyChange((body) => Object.assign(body.properties.new_password ?? {}, changes))
}

/** Returns the breaking changes of an edit to the body of a response. */
export function afterResponseChange(edit: (response: Schema) => void): string[] {
  return afterChange((document) => edit(schemaOf(document, 'TokenPair')))
}

/** Returns the breaking changes of an edit to something that the document does not have; `add` puts it there first. */
export function afterAddedChange(
  add: (newPassword: JsonObject, operation: Operation) => void,
  edit: typeof add
): string[] {
  const [before, after] = [structuredClone(committed), structuredClone(committed)]
  for (const document of [before, after]) add(newPassword(document), operationOf(document))
  edit(newPassword(after), operationOf(after))
  return breakingChanges(before, after)
}

function operationOf(document: Document): Operation {
  return document.paths[PATH]?.put as Operation
}

function schemaOf(document: Document, name: string): Schema {
  return document.components.schemas[name] as never as Schema
}

function newPassword(document: Document): JsonObject {
  return schemaOf(document, 'PasswordChange').properties.new_password as JsonObject
}
