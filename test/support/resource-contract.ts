// The tests that every resource must pass. A resource's own test file gives its data and what is special about it.

import type { Test } from 'tap'
import type { Caller, TestApp } from './app.ts'
import { accessTests } from './resource-contract/access.ts'
import { startContext } from './resource-contract/context.ts'
import { fieldTests } from './resource-contract/fields.ts'
import { idTests } from './resource-contract/ids.ts'
import { linkTests } from './resource-contract/links.ts'
import { operationTests } from './resource-contract/operations.ts'
import { ownershipTests } from './resource-contract/ownership.ts'
import { ownershipRaceTests } from './resource-contract/ownership-races.ts'
import { referenceTests } from './resource-contract/references.ts'
import { repetitionTests } from './resource-contract/repetition.ts'
import { selfReferenceTests } from './resource-contract/self-references.ts'
import { sliceTests } from './resource-contract/slices.ts'
import { sortingTests } from './resource-contract/sorting.ts'
import { uniqueTests } from './resource-contract/unique.ts'
import { versionTests } from './resource-contract/versions.ts'

/** The fields of a record or of a request body, by name. */
export type Fields = Record<string, unknown>

export interface ResourceOptions {
  /** The address of the list, with a slash at both ends. The last part is the resource's name: '/api/lab-report/'. */
  path: `/api/${string}/`
  /** The key under which a list holds its records: 'lab_reports'. */
  list: string
  /** The roles that may call the resource. Each of them is enough. */
  roles: [string, ...string[]]
  /**
   * Returns a valid body with a value, not null, for every field. It is called for each new record, and first adds the
   * records that the body refers to: new ones each time, through `server.db` or by HTTP. If the records belong to an account
   * through another record, that one belongs to `caller`, who sends the body.
   */
  body: (server: TestApp, caller: Caller) => Fields | Promise<Fields>
  /**
   * Other valid values, of at least one field. A field that is a filter, but no reference, must be among them. If a field is
   * unique, a function that returns new values each time.
   */
  changes: Fields | (() => Fields)
  /** Values that the server rejects, for every field. Null need not be listed: see `nullable`. */
  invalid: Record<string, unknown[]>
  /** Fields that may be null, and may be left out of a new record. None by default. */
  nullable?: string[]
  /** The fields that may be left out of a new record, but not be null, with the values they then have. None by default. */
  defaults?: Fields
  /** Fields by which a list can be filtered. None by default. */
  filters?: string[]
  /** Groups of fields whose values, together, no two records have. The bodies must differ in them. None by default. */
  unique?: string[][]
  /** Fields by which a list can be limited to a range. None by default. */
  ranges?: string[]
  /** Fields by which a list can be sorted, besides the id. None by default. */
  sort?: string[]
  /**
   * Fields that hold the id of another record, with the address of that record's resource, such as '/api/sample/', or
   * null if the API has no such resource. None by default.
   */
  references?: Record<string, string | null>
  /**
   * The references whose record takes this one along when it is deleted. The deletion of a record behind any other
   * reference is rejected with 409. None by default.
   */
  deletedWith?: string[]
  /** Fields that hold the id of another record of the same resource, or null. Bodies leave them out. None by default. */
  self?: string[]
  /**
   * The lists of other records that a record has, by their name in the path, such as `/api/part/1/samples`: the parameter of the
   * list that finds the records with one of them, the address of their resource, and how to add one. None by default.
   */
  many?: Record<string, { field: string; address: string; add: (server: TestApp) => Promise<number> }>
  /**
   * The names under which a record shows the records that it refers to, with the fields of bodies that hold their ids: they are
   * among `references`. None by default.
   */
  nested?: Record<string, string>
  /** Returns what a record with this body shows, apart from its id. The body itself by default. */
  shown?: (body: Fields) => Fields
}

/** Adds the tests of one resource to `t`. They share one server with a database of its own. */
export function resourceContract(t: Test, options: ResourceOptions): void {
  t.test(`the contract of ${options.path}`, async (t) => {
    const context = await startContext(t, options)
    operationTests(t, context)
    accessTests(t, context)
    fieldTests(t, context)
    referenceTests(t, context)
    idTests(t, context)
    sliceTests(t, context)
    sortingTests(t, context)
    versionTests(t, context)
    repetitionTests(t, context)
    uniqueTests(t, context)
    selfReferenceTests(t, context)
    linkTests(t, context)
    ownershipTests(t, context)
    ownershipRaceTests(t, context)
  })
}
