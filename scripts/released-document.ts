// The document of the API as it was released last. Clients rely on that one: what was added since may still change.

import { execFileSync } from 'node:child_process'
import type { Document } from '../plugins/openapi/document.ts'
import { breakingChanges } from './breaking-changes.ts'

const RELEASE = /^v\d+(\.\d+)*$/

/**
 * Returns the newest release that the checkout in `folder` is based on, and its document: that of the highest tag such as
 * `v1.2.0` that has an openapi.json. Undefined when there is none, or no git.
 */
export function releasedDocument(folder: string): { tag: string; document: Document } | undefined {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 28
    })
  try {
    const tags = git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname').split('\n')
    for (const tag of tags.filter((name) => RELEASE.test(name))) {
      const isThere = git('ls-tree', '--name-only', tag, 'openapi.json').trim() !== ''
      if (isThere) return { tag, document: JSON.parse(git('show', `${tag}:./openapi.json`)) as Document }
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error
  }
  return undefined
}

/** Returns the changes that break clients of a release, if the version was not raised since. */
export function changesThatBreak(released: Document, now: Document): string[] {
  return isRaised(released, now) ? [] : breakingChanges(released, now)
}

/** Whether the second document is another API, or a later version (https://semver.org) of the same. */
function isRaised({ info: earlier }: Document, { info: now }: Document): boolean {
  if (earlier.title !== now.title) return true
  const [one, other] = [earlier, now].map(({ version }) => version.split('.').map(Number))
  const place = one?.findIndex((number, index) => number !== other?.[index]) ?? -1
  return place !== -1 && (other?.[place] ?? 0) > (one?.[place] ?? 0)
}
