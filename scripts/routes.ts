// Prints every route with who may call it. With --write, also updates routes/policy.txt. The tests compare that file with
// the routes, so a change of rights is visible in a review.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { policyTable } from '../plugins/roles/policy.ts'
import { readApp } from './throw-away-app.ts'

const table = policyTable(await readApp((app) => app.routePolicies()))
if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, '../routes/policy.txt'), table)
process.stdout.write(table)
