// Two instances of the server on one database, as behind a load balancer.

import type { Test } from 'tap'
import { build, buildOn } from './app.ts'

/** Returns the server of `build`, a second one on the same database, and both of their apps. */
export async function buildTwoInstances(t: Test, overrides: Record<string, string> = {}) {
  const first = await build(t, overrides)
  const second = await buildOn(t, first.env)
  return { ...first, second, instances: [first.app, second.app] as const }
}
