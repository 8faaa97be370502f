import module from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describeFailure, SetupFailure } from "./failure.mjs"
import { exitCodeOf, handOver } from "./handOver.mjs"
import { thisMachine, withFirstOnPath } from "./machine.mjs"
import { SETTING } from "./natsServer.mjs"
import { needsNatsServer } from "./needs.mjs"
import { setUp } from "./setup.mjs"

/** @typedef {import("./setup.mjs").Ready} Ready */

/**
 * Sets the machine up if need be, then becomes the command line: in this process if its Node is recent enough, which is the
 * quickest start there is, or else in a child. Compiled code is kept for the next start, which saves it a quarter of its time.
 *
 * @param {ReadonlyArray<string>} args
 */
export const launch = async (args) => {
  const machine = thisMachine()
  const main = join(machine.root, "runtime/cli/main.ts")
  const ready = await orFail(() =>
    setUp(machine, { development: false, natsServer: needsNatsServer(args, machine.env) })
  )
  const env = environmentOf(ready)
  const compileCache = join(machine.root, "node_modules/.cache/compile")
  if (ready.node !== machine.execPath) {
    process.exitCode = await handOver(ready.node, [main, ...args], {
      env: { NODE_COMPILE_CACHE: compileCache, ...env }
    })
    return
  }
  Object.assign(process.env, env)
  module.enableCompileCache(compileCache)
  await import(pathToFileURL(main).href)
}

/**
 * Runs set-up; when it fails, or is interrupted, says so on standard error and ends the process.
 *
 * @template A
 * @param {() => Promise<A>} work
 * @returns {Promise<A>}
 */
export const orFail = async (work) => {
  const interrupted = (/** @type {NodeJS.Signals} */ signal) => process.exit(exitCodeOf(signal))
  process.once("SIGINT", interrupted)
  process.once("SIGTERM", interrupted)
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error
    process.stderr.write(describeFailure(error))
    return process.exit(1)
  } finally {
    process.removeListener("SIGINT", interrupted)
    process.removeListener("SIGTERM", interrupted)
  }
}

/**
 * What a ready machine adds to the environment: its Node first on PATH, and where nats-server is.
 *
 * @param {Ready} ready
 */
export const environmentOf = ({ node, natsServer }) => ({
  ...withFirstOnPath(process.env, node),
  ...(natsServer === undefined ? {} : { [SETTING]: natsServer })
})
