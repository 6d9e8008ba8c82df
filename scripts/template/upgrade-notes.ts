// What a project must do by hand when it takes a new version of the template: the upgrade notes in the template's CHANGELOG.md.

/** Returns the notes of a changelog that an earlier one does not have, each with its version. */
export function newNotes(before: string, after: string): string[] {
  const known = new Set(notesOf(before).map(({ text }) => text))
  return notesOf(after)
    .filter(({ text }) => !known.has(text))
    .map(({ version, text }) => `${version}: ${text}`)
}

/** The points under "Upgrade notes", and every other point with the word **Upgrading**. */
function notesOf(changelog: string): { version: string; text: string }[] {
  const notes: { version: string; text: string }[] = []
  for (const part of changelog.split(/^## /m).slice(1)) {
    const version = (part.split('\n', 1)[0] ?? '').replace(/[[\]]/g, '')
    for (const section of part.split(/^### /m).slice(1)) {
      const isForUpgrades = section.startsWith('Upgrade notes')
      for (const point of section.split(/^\* /m).slice(1)) {
        const text = point.replace(/\s+/g, ' ').trim()
        if (isForUpgrades || text.includes('**Upgrading**')) notes.push({ version, text })
      }
    }
  }
  return notes
}
