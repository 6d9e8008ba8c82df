// A real Chromium, for what only a browser can show.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/**
 * Starts a headless Chromium. On Linux it is the one of the package @sparticuz/chromium, elsewhere the installed Chrome,
 * because the package has no other.
 */
export async function startBrowser(): Promise<Browser> {
  if (process.platform !== 'linux') return await chromium.launch({ channel: 'chrome' })
  // Not the package's own arguments: they are for a cloud function, with one process and without web security.
  return await chromium.launch({ args: ['--no-sandbox', '--no-zygote'], executablePath: unpackedChromium() })
}

/**
 * The path of Chromium, which the first start unpacks into the user's cache. The package itself would unpack it to a fixed name
 * in the temporary folder, where another user can put a program of theirs first.
 */
function unpackedChromium(): string {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rest-server-tests')
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const { uid, mode } = statSync(cache)
  if (uid !== process.getuid?.() || mode & 0o022) throw new Error(`${cache} must belong to this user alone`)

  const folder = join(cache, `chromium-${packageVersion()}`)
  if (!existsSync(folder)) unpack(cache, folder)
  return join(folder, 'chromium')
}

/** Unpacks into a new folder and renames it, so that several processes can start at once. */
function unpack(cache: string, folder: string): void {
  const unpacked = mkdtempSync(join(cache, 'unpacking-'))
  const script = "import packed from '@sparticuz/chromium'; await packed.executablePath()"
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: unpacked }
  })
  try {
    renameSync(unpacked, folder)
  } catch (error) {
    rmSync(unpacked, { recursive: true })
    if (!existsSync(folder)) throw error // else another process was faster
  }
}

function packageVersion(): string {
  const manifest = new URL('../../package.json', import.meta.resolve('@sparticuz/chromium'))
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
