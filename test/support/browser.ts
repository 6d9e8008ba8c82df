// A real Chromium, for what only a browser can tell.

import packed from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/**
 * Starts a headless Chromium: on Linux the one from its npm package, which the first start of a machine unpacks into the
 * temporary folder; elsewhere the Chrome that is installed, for the package has no other.
 */
export async function startBrowser(): Promise<Browser> {
  if (process.platform !== 'linux') return await chromium.launch({ channel: 'chrome' })
  // Not the package's own arguments: they are for a function in the cloud, in one process and without web security.
  return await chromium.launch({ args: ['--no-sandbox', '--no-zygote'], executablePath: await packed.executablePath() })
}
