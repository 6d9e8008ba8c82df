// The parts of the project that are about the example, the clinic. `npm run remove-example` deletes them, and so does an update
// of a project that has done so, from the versions of the template.

import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files and folders that are only about the example. */
const FILES = [
  'BENCHMARKS.md',
  'bench',
  'examples',
  'routes/api/appointment',
  'routes/api/category',
  'routes/api/measure',
  'routes/api/patient',
  'scripts/example-parts.ts',
  'scripts/remove-example.ts',
  'src/sample-data.ts',
  'src/tables/clinic.ts',
  'test/auth/process-races.test.ts',
  'test/copies/without-example.ts',
  'test/resources/appointment.test.ts',
  'test/resources/category.test.ts',
  'test/resources/deletion.test.ts',
  'test/resources/demo.test.ts',
  'test/resources/measure.test.ts',
  'test/resources/nesting-limits.test.ts',
  'test/resources/nesting.test.ts',
  'test/resources/numbers.test.ts',
  'test/resources/patient.test.ts',
  'test/resources/texts.test.ts',
  'test/resources/unknown-fields.test.ts',
  'test/support/clinic.ts',
  'tools'
]

/** What is deleted from other files. Each pattern must match. */
const TEXTS: [file: string, ...texts: RegExp[]][] = [
  [
    'src/app.ts',
    /^import .* from '\.\.\/routes\/api\/(appointment|category|measure|patient)\/.*\n/gm,
    /^ *api\.register\((appointments|categories|measures|patients),.*\n/gm
  ],
  ['src/database/db.ts', /^import \* as clinicTables .*\n/gm, /,\n *\.\.\.clinicTables/g],
  [
    'src/server.ts',
    /^import \{ addSampleData \} .*\n/gm,
    /, addSampleData(?=\))/g,
    /^ *'In a second terminal: npm run client',\n/gm
  ],
  ['package.json', /^ *"(client|bench|remove-example|test:tools)": .*\n/gm],
  ['.ci/run', /^npm run (test:tools|bench -- --quick)\n/gm],
  ['tsconfig.json', /^ *"(bench|examples|tools)",\n/gm]
]

/** The paragraphs about the example in the documentation. */
const MARKED = /^<!-- example -->\n.*?^<!-- \/example -->\n/gms

/** Deletes the parts of the example from the project in a folder. What is generated from the code is not updated. */
export function removeParts(folder: string): void {
  for (const path of FILES) rmSync(join(folder, path), { recursive: true })
  for (const [path, ...texts] of TEXTS) for (const text of texts) deleteText(join(folder, path), text)
  for (const page of globSync('{*.md,docs/*.md}', { cwd: folder })) {
    const file = join(folder, page)
    writeFileSync(file, readFileSync(file, 'utf8').replace(MARKED, ''))
  }
}

function deleteText(file: string, pattern: RegExp): void {
  const text = readFileSync(file, 'utf8')
  if (!text.match(pattern)) throw new Error(`${file} has no text like ${pattern}`)
  writeFileSync(file, text.replace(pattern, ''))
}
