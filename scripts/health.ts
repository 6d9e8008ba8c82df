// The HEALTHCHECK of the image: exits with 0 when the server on this machine is alive, otherwise with 1.

import { loadConfig } from '../src/config.ts'

const { port } = loadConfig(undefined, { withSecrets: false })
const alive = await fetch(`http://127.0.0.1:${port}/health/live`).then(
  (response) => response.ok,
  () => false
)
process.exit(alive ? 0 : 1)
