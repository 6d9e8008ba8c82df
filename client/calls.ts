// The types of the calls.

import type { Client as FetchClient, FetchResponse, MaybeOptionalInit } from 'openapi-fetch'
import type { paths } from './schema.ts'

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'

/** The calls of openapi-fetch, but with types that reject unknown fields. */
export type Calls = Pick<FetchClient<paths>, 'use' | 'eject'> & {
  [M in Method as Uppercase<M>]: <Path extends PathsWith<M>>(
    path: Path,
    ...init: Init<Path, M>
  ) => Promise<FetchResponse<paths[Path][M] & object, object, 'application/json'>>
}
type PathsWith<M extends Method> = { [Path in keyof paths]: paths[Path][M] extends object ? Path : never }[keyof paths]
export type Init<Path extends keyof paths, M extends Method> =
  undefined extends MaybeOptionalInit<paths[Path], M>
    ? [init?: MaybeOptionalInit<paths[Path], M>]
    : [init: MaybeOptionalInit<paths[Path], M>]
