import { join } from "node:path"
import { SetupFailure } from "./failure.mjs"
import { withLock } from "./lock.mjs"
import { ensureNatsServer, findNatsServer } from "./natsServer.mjs"
import { ensureNode, findNode } from "./node.mjs"
import { arePackagesReady, ensurePackages } from "./packages.mjs"
import { step } from "./progress.mjs"

/**
 * What the command to come needs: the packages for development, a nats-server to start.
 *
 * @typedef {{ development: boolean, natsServer: "yes" | "perhaps" | "no" }} Needs
 */

/**
 * What set-up found or made: a recent Node, and nats-server if it was needed or happens to be there.
 *
 * @typedef {{ node: string, natsServer: string | undefined }} Ready
 */

/** @typedef {import("./machine.mjs").Machine} Machine */

/**
 * Makes the machine ready, in this order: Node, packages, nats-server. Silent, and a matter of milliseconds, when it is.
 *
 * @param {Machine} machine
 * @param {Needs} needs
 * @returns {Promise<Ready>}
 * @throws {import("./failure.mjs").SetupFailure}
 */
export const setUp = async (machine, needs) => {
  const ready = look(machine, needs)
  if (ready !== undefined) return ready
  return withLock(join(machine.root, ".smartsearch/setup.lock"), () => make(machine, needs), {
    wait: (waiting) => step(machine.stderr, "waiting for another start that sets up this checkout", waiting)
  })
}

/**
 * @param {Machine} machine
 * @param {Needs} needs
 * @returns {Ready | undefined} Nothing when something is missing.
 */
const look = (machine, needs) => {
  const node = findNode(machine)
  const natsServer = findNatsServer(machine)
  if (node === undefined || !arePackagesReady(machine, node, needs.development)) return undefined
  return natsServer === undefined && needs.natsServer !== "no" ? undefined : { node, natsServer }
}

/**
 * @param {Machine} machine
 * @param {Needs} needs
 * @returns {Promise<Ready>}
 */
const make = async (machine, needs) => {
  const node = await ensureNode(machine)
  await ensurePackages(machine, node, needs.development)
  return { node, natsServer: await natsServerFor(machine, needs) }
}

/**
 * @param {Machine} machine
 * @param {Needs} needs
 * @returns {Promise<string | undefined>}
 */
const natsServerFor = async (machine, { natsServer }) => {
  if (natsServer === "no") return findNatsServer(machine)
  try {
    return await ensureNatsServer(machine)
  } catch (error) {
    if (natsServer === "perhaps" && error instanceof SetupFailure) return undefined
    throw error
  }
}
