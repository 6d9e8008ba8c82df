// A progress bar for commands that take long. It is written to the error output, so that results can be piped, and only to a
// terminal.

const WIDTH = 30
/** How many milliseconds pass between two drawings. */
const INTERVAL = 100

/** Returns a bar whose text says what has been done, such as "rows checked". */
export function createProgress(what: string) {
  const { stderr } = process
  let drawn = 0
  return {
    /** Draws the bar, unless it was drawn a moment ago. */
    show(done: number, total: number): void {
      if (!stderr.isTTY || Date.now() - drawn < INTERVAL) return
      drawn = Date.now()
      const share = total === 0 ? 1 : Math.min(done / total, 1)
      const bar = '#'.repeat(Math.floor(WIDTH * share)).padEnd(WIDTH, '.')
      stderr.write(`\r[${bar}] ${Math.floor(100 * share)} % of ${total} ${what}`)
    },
    /** Clears the line. */
    end(): void {
      if (stderr.isTTY) stderr.write('\r\u001b[K')
    }
  }
}
