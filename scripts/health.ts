// Exits 0 when the server of this machine lives, 1 when it does not: the image's HEALTHCHECK.

import { loadConfig } from '../src/config.ts'

const { port } = loadConfig(undefined, { withSecrets: false })
const alive = await fetch(`http://127.0.0.1:${port}/health/live`).then(
  (response) => response.ok,
  () => false
)
process.exit(alive ? 0 : 1)
