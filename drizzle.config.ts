import { defineConfig } from 'drizzle-kit'
import { engine } from './src/config.ts'

export default defineConfig({
  schema: './src/tables/*.ts',
  dialect: engine === 'postgres' ? 'postgresql' : 'sqlite',
  out: `./drizzle/${engine}`
})
