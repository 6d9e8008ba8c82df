// Biome reports imports against the layout in the editor and in `npm test` (noRestrictedImports in biome.json).

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../support/folder.ts'
import { execute } from '../support/process.ts'
import { ROOT, read } from './project-files.ts'

const FORBIDDEN = {
  'src/records.ts': ['../plugins/auth/tokens.ts', '../plugins/cors.ts', '../scripts/lock.ts', './app.ts'],
  'src/database/db.ts': ['../../routes/health/index.ts', '../../test/support/app.ts', '../server.ts'],
  'plugins/cors.ts': ['./json.ts', './auth/index.ts', '../routes/health/index.ts', '../src/app.ts'],
  'plugins/auth/tokens.ts': [
    './index.ts',
    '../roles/index.ts',
    '../cors.ts',
    '../../routes/health/index.ts',
    '../../src/app.ts',
    '../../src/server.ts'
  ],
  'routes/health/index.ts': ['../../plugins/cors.ts', '../../plugins/auth/index.ts', '../../src/app.ts']
}

const ALLOWED = {
  'src/app.ts': ['../plugins/auth/index.ts', '../plugins/cors.ts', '../routes/health/index.ts'],
  'src/config.ts': ['./records.ts', './database/db.ts'],
  'plugins/json.ts': ['../src/config.ts', './auth/accounts.ts'],
  'plugins/auth/login.ts': ['./tokens.ts', '../access-log/path.ts', '../../src/errors.ts'],
  'routes/auth/index.ts': ['./schema.ts', '../../plugins/auth/accounts.ts', '../../src/errors.ts'],
  'test/auth/login.test.ts': ['../../plugins/auth/index.ts', '../../src/app.ts']
}

t.test('Biome reports every import against the layout, and no other', async (t) => {
  const folder = temporaryFolder(t)
  const settings = JSON.parse(read('biome.json'))
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...settings, vcs: undefined }))
  for (const [path, imports] of Object.entries({ ...FORBIDDEN, ...ALLOWED })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), imports.map((file) => `import '${file}'\n`).join(''))
  }

  const options = ['lint', '--only=style/noRestrictedImports', '--reporter=github', '--max-diagnostics=none', '.']
  const { code, output } = await execute(join(ROOT, 'node_modules/.bin/biome'), options, { cwd: folder })
  t.equal(code, 1)
  const reported = [...output.matchAll(/^::error .*?file=([^,]+),line=(\d+),/gm)].map(
    ([, path = '', line]) => `${relative(folder, path)}:${line}`
  )
  const expected = Object.entries(FORBIDDEN).flatMap(([path, imports]) =>
    imports.map((_, index) => `${path}:${index + 1}`)
  )
  t.same(reported.sort(), expected.sort())
})
