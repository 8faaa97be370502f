import { run } from "./command.mjs"
import { which } from "./machine.mjs"

/**
 * How one package manager installs nats-server.
 *
 * @typedef {object} PackageManager
 * @property {string} program
 * @property {ReadonlyArray<string>} install
 * @property {ReadonlyArray<string>} [refresh] Fetches new package lists, for the managers that do not by themselves.
 * @property {Record<string, string>} [env]
 * @property {boolean} needsRoot
 * @property {string} byHand What a user types.
 */

/** @type {ReadonlyArray<PackageManager>} */
export const packageManagers = [
  {
    program: "apt-get",
    install: ["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", "nats-server"],
    refresh: ["update"],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    needsRoot: true,
    byHand: "sudo apt-get install nats-server"
  },
  {
    program: "dnf",
    install: ["install", "-y", "nats-server"],
    needsRoot: true,
    byHand: "sudo dnf install nats-server"
  },
  {
    program: "apk",
    install: ["add", "--no-cache", "nats-server"],
    needsRoot: true,
    byHand: "sudo apk add nats-server"
  },
  {
    program: "pacman",
    install: ["-Sy", "--noconfirm", "nats-server"],
    needsRoot: true,
    byHand: "sudo pacman -S nats-server"
  },
  { program: "brew", install: ["install", "nats-server"], needsRoot: false, byHand: "brew install nats-server" }
]

/**
 * Turns off the system service that some packages start: open to the network, without a password, and of no use to us, who
 * start a server of our own on loopback. Does nothing where systemd does not run.
 *
 * @param {import("./machine.mjs").Machine} machine
 */
export const stopService = async ({ env }) => {
  const systemctl = which("systemctl", env)
  if (systemctl !== undefined) await run(systemctl, ["disable", "--now", "nats-server.service"], { env })
}
