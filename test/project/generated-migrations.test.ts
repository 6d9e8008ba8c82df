// The committed migrations of both engines lead to the tables of the code.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { execute } from '../support/process.ts'
import { copyOf } from './project-files.ts'

const PARTS = ['drizzle', 'src', 'scripts', 'drizzle.config.ts', 'package.json']

t.test('the tables have not changed since the migrations of both engines were generated', async (t) => {
  const folder = copyOf(t, PARTS)
  const files = () => (readdirSync(join(folder, 'drizzle'), { recursive: true }) as string[]).sort()
  const before = files()
  const { code, output } = await execute(process.execPath, ['scripts/generate-migrations.ts'], { cwd: folder, env: {} })
  t.equal(code, 0, output)
  t.same(files(), before, 'otherwise run npm run db:generate')
})

t.test('a new required column without a default is refused, and no migration is written', async (t) => {
  const folder = copyOf(t, PARTS)
  const tables = join(folder, 'src/tables/account.ts')
  const original = readFileSync(tables, 'utf8')
  const generate = (column: string) => {
    writeFileSync(tables, original.replace("table('role', {", `table('role', { color: ${column},`))
    const args = ['scripts/generate-migrations.ts', '--name', 'add-color']
    return execute(process.execPath, args, { cwd: folder, env: {} })
  }
  const migrations = () => {
    const files = (readdirSync(join(folder, 'drizzle'), { recursive: true }) as string[]).sort()
    return files.map((file) =>
      file.includes('.') ? [file, readFileSync(join(folder, 'drizzle', file), 'utf8')] : file
    )
  }
  const before = migrations()

  for (const column of ['text().notNull()', "text().notNull().$defaultFn(() => 'red')"]) {
    const { code, output } = await generate(column)
    t.equal(code, 1, column)
    t.match(output, /no value for role\.color\. No migration was written\.\nAdd \.default/)
    t.strictSame(migrations(), before)
  }
  const allowed = await generate("text().notNull().default('red')")
  t.equal(allowed.code, 0, allowed.output)
  t.equal(migrations().length, before.length + 4, 'a migration and a snapshot for each engine')
})
