// The committed migrations of both engines lead to the tables of the code.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { execute } from '../support/process.ts'
import { copyOf } from './project-files.ts'

t.test('the tables have not changed since the migrations of both engines were generated', async (t) => {
  const folder = copyOf(t, ['drizzle', 'src', 'scripts', 'drizzle.config.ts', 'package.json'])
  const files = () => (readdirSync(join(folder, 'drizzle'), { recursive: true }) as string[]).sort()
  const before = files()
  const { code, output } = await execute(process.execPath, ['scripts/generate-migrations.ts'], { cwd: folder, env: {} })
  t.equal(code, 0, output)
  t.same(files(), before, 'otherwise run npm run db:generate')
})
