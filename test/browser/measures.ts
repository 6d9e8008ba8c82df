// What the tests of the layout look at in the browser, and a chart for them.

import type { Page } from 'playwright-core'
import { fromNow } from '../../src/instants.ts'
import { access_log_hour } from '../../src/tables/access-log.ts'
import type { Site } from './site.ts'

/** Counts requests in the hour before this one, so that the overview has a chart. */
export async function addRequests({ db }: Site['app']): Promise<void> {
  const hour = `${fromNow(-3_600_000).slice(0, 13)}:00:00.000Z`
  await db.insert(access_log_hour).values({ hour, kind: 'success', requests: 7 })
}

/** Returns the computed value of a style of every element that a selector finds. */
export async function styles(page: Page, selector: string, name: string): Promise<string[]> {
  return await page.evaluate(
    `Array.from(document.querySelectorAll(${JSON.stringify(selector)}), (one) => getComputedStyle(one).${name})`
  )
}
