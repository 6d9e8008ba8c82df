// The merge itself. It leaves ordinary conflicts in the work tree, except where the project has deleted something on purpose.

import { gitIn, gitWithoutAuthor, lines } from './git.ts'
import { preparedCommit } from './template-trees.ts'

export interface Merged {
  /** Files with conflicts. */
  conflicts: string[]
  /** What the template has changed or added in files and folders that the project has deleted: they stay deleted. */
  leftOut: string[]
}

/** Merges what the template has changed from `base` to `target` into the project in a folder. Nothing is committed. */
export async function mergeTemplate(folder: string, base: string, target: string, name: string): Promise<Merged> {
  const git = gitIn(folder)
  const before = await preparedCommit(folder, base, `template before ${name}`)
  const after = await preparedCommit(folder, target, `template ${name}`, before)
  if (git('rev-parse', `${before}^{tree}`) === git('rev-parse', `${after}^{tree}`))
    return { conflicts: [], leftOut: [] }
  // Takes the difference between the two into the files, as a three-way merge that knows renamed files. It fails on conflicts.
  let failure: unknown
  try {
    gitWithoutAuthor(folder)('cherry-pick', '--no-commit', '--allow-empty', after)
  } catch (error) {
    failure = error
  }
  const leftOut = [...leaveDeleted(folder), ...leaveOutAdded(folder, before)]
  const conflicts = conflictsIn(folder)
  if (failure !== undefined && conflicts.length + leftOut.length === 0) throw failure
  return { conflicts, leftOut }
}

/** Returns the files that still have a conflict. */
export function conflictsIn(folder: string): string[] {
  return lines(gitIn(folder)('diff', '--name-only', '--diff-filter=U'))
}

/** Deletes again what the project has deleted and the template has changed. */
function leaveDeleted(folder: string): string[] {
  const git = gitIn(folder)
  const stages = Map.groupBy(lines(git('ls-files', '--unmerged')), (line) => line.split('\t')[1] ?? '')
  const deleted = [...stages]
    .filter(
      ([, entries]) => entries.some((entry) => / 1\t/.test(entry)) && !entries.some((entry) => / 2\t/.test(entry))
    )
    .map(([path]) => path)
  if (deleted.length > 0) git('rm', '--quiet', '--force', '--', ...deleted)
  return deleted
}

/** Deletes what the template has added to folders that the project has deleted, such as those of the pages. */
function leaveOutAdded(folder: string, before: string): string[] {
  const git = gitIn(folder)
  const foldersOf = (commit: string) => new Set(lines(git('ls-tree', '-r', '-d', '--name-only', commit)))
  const [own, ofTemplate] = [foldersOf('HEAD'), foldersOf(before)]
  const added = lines(git('diff', '--cached', '--name-only', '--diff-filter=A', 'HEAD')).filter((path) => {
    const parent = path.replace(/\/?[^/]*$/, '')
    return parent !== '' && ofTemplate.has(parent) && !own.has(parent)
  })
  if (added.length > 0) git('rm', '--quiet', '--force', '--', ...added)
  return added
}
