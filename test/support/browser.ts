// A real Chromium, from its npm package, for what only a browser can tell.

import packed from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** Starts a headless Chromium; the first start of a machine unpacks it into the temporary folder. */
export async function startBrowser(): Promise<Browser> {
  // Not the package's own arguments: they are for a function in the cloud, in one process and without web security.
  return await chromium.launch({ args: ['--no-sandbox', '--no-zygote'], executablePath: await packed.executablePath() })
}
