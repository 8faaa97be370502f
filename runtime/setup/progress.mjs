/**
 * Where progress is shown: standard error, which leaves standard output to the command.
 *
 * @typedef {{ readonly isTTY?: boolean, write: (text: string) => unknown }} Terminal
 */

const seconds = (/** @type {number} */ since) => (performance.now() - since) / 1000

/**
 * Shows one line for one step of set-up: its title at once, its elapsed seconds at its end.
 * On a terminal the seconds are counted while it runs.
 *
 * @template A
 * @param {Terminal} terminal
 * @param {string} title
 * @param {() => Promise<A>} work
 * @returns {Promise<A>}
 */
export const step = async (terminal, title, work) => {
  const start = performance.now()
  const line = `setup: ${title} …`
  terminal.write(line)
  const ticks = terminal.isTTY
    ? setInterval(() => terminal.write(`\r${line} ${seconds(start).toFixed(0)} s`), 1000)
    : undefined
  const end = (/** @type {string} */ outcome) => {
    clearInterval(ticks)
    process.removeListener("exit", interrupted)
    const text = `${outcome} ${seconds(start).toFixed(1)} s\n`
    terminal.write(terminal.isTTY ? `\r${line} ${text}` : ` ${text}`)
  }
  const interrupted = () => end("interrupted after")
  process.once("exit", interrupted)
  try {
    const result = await work()
    end("done in")
    return result
  } catch (error) {
    end("failed after")
    throw error
  }
}
