// Changes of one turn of the event loop share one commit, because each commit waits for the disk.

import type Sqlite from 'better-sqlite3'

type Entry = { run: () => unknown; resolve: (result: unknown) => void; reject: (error: unknown) => void }

/**
 * Returns a function that runs a change and returns its result when it is committed. A change that fails undoes only itself,
 * so it must be one statement. If the commit fails, all changes of the turn fail. With `atOnce`, the commit does not wait for
 * the end of the turn. `schedule` runs the commits when no other transaction is open; `committed` is called after each.
 */
export function createSharedCommit(
  sqlite: Sqlite.Database,
  schedule: (work: () => void) => Promise<void>,
  committed: () => void
): <Result>(change: () => Result, atOnce?: boolean) => Promise<Result> {
  const begin = sqlite.prepare('begin immediate')
  const end = sqlite.prepare('commit')
  let waiting: Entry[] = []

  async function commitAll(): Promise<void> {
    const entries = waiting
    waiting = []
    if (entries.length === 0) return
    try {
      await schedule(() => commit(entries))
    } catch (error) {
      for (const { reject } of entries) reject(error)
    }
  }

  function commit(entries: Entry[]): void {
    const settle: (() => void)[] = []
    // IMMEDIATE takes the write lock at once. When another process has it, nothing has run yet and all can be tried again.
    begin.run()
    try {
      for (const { run, resolve, reject } of entries) {
        try {
          const result = run()
          settle.push(() => resolve(result))
        } catch (error) {
          if (!sqlite.inTransaction) throw error // a full disk, for example, has undone all changes
          settle.push(() => reject(error))
        }
      }
      end.run()
    } finally {
      if (sqlite.inTransaction) sqlite.exec('rollback')
    }
    committed()
    for (const done of settle) done()
  }

  return <Result>(change: () => Result, atOnce = false) =>
    new Promise<Result>((resolve, reject) => {
      if (waiting.length === 0 && !atOnce) setImmediate(commitAll)
      waiting.push({ run: change, resolve: resolve as (result: unknown) => void, reject })
      if (atOnce) commitAll()
    })
}
