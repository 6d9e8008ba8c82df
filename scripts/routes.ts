// Prints every route with who may call it; with --write also into routes/policy.txt, which the tests hold it against, so
// that a change of rights shows in review.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { policyTable } from '../src/policy-table.ts'
import { askApp } from './throw-away-app.ts'

const table = policyTable(await askApp((app) => app.routePolicies()))
if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, '../routes/policy.txt'), table)
process.stdout.write(table)
