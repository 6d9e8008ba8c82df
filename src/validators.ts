// Compiles JSON schemas into validators, with Ajv.

import { Ajv, type Options } from 'ajv'

/**
 * Returns an Ajv that does not check the schemas against the schema of schemas: they are made by TypeBox, and to compile that
 * schema takes longer than ours. Ajv still throws for keywords and formats that it does not know.
 */
export function createAjv(options: Options = {}): Ajv {
  return new Ajv({ meta: false, validateSchema: false, ...options })
}
