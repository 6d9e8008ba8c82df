// The reference page /docs is there only if the configuration turns it on. How it works in a browser is shown in
// test/browser/docs-page.test.ts.

import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { build } from '../support/app.ts'
import { DOCS_DOCUMENT, DOCS_FILES } from '../support/docs-page.ts'

t.test('the demo turns the page and the document on, unless DOCS turns them off [G20]', async (t) => {
  t.equal(loadConfig({ DEMO: 'true' }).docs, true)
  t.equal(loadConfig({ DEMO: 'true', DOCS: 'false' }).docs, false)
})

t.test('without the setting, neither the page nor the document exists [G20]', async (t) => {
  const { app, config } = await build(t)
  t.equal(config.docs, false)
  for (const url of [...DOCS_FILES, '/docs/', '/docs/index.html', DOCS_DOCUMENT]) {
    const { statusCode, headers } = await app.inject(url)
    t.match({ statusCode, type: headers['content-type'] }, { statusCode: 404, type: /json/ }, url)
  }
})
