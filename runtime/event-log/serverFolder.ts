import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** What a data folder tells about its server: where it listens, or did last, and its token. */
export interface ServerFile {
  readonly port: number
  readonly token: string
  /** The process with which the server ends. */
  readonly owner: number
}

const serverFilePath = (dataDir: string): string => join(dataDir, "server.json")

/** A file's JSON value; undefined when there is no such file or it holds none. */
const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return undefined
  }
}

export const readServerFile = (dataDir: string): ServerFile | undefined => {
  const parsed = readJson(serverFilePath(dataDir))
  if (typeof parsed !== "object" || parsed === null || !("port" in parsed) || !("token" in parsed)) return undefined
  const { port, token } = parsed
  const owner = "owner" in parsed ? Number(parsed.owner) : 0
  return typeof port === "number" && typeof token === "string" ? { port, token, owner } : undefined
}

/** Replaces the file in one step: who reads it at the same time sees the old or the new one. Only its owner can read it. */
export const writeServerFile = (dataDir: string, file: ServerFile): void => {
  const next = `${serverFilePath(dataDir)}.${process.pid}`
  writeFileSync(next, JSON.stringify(file), { mode: 0o600 })
  renameSync(next, serverFilePath(dataDir))
}

/** The name that the server of a folder greets with, so that nobody takes another server at the same port for it. */
export const serverName = (token: string): string =>
  `smartsearch-${createHash("sha256").update(token).digest("hex").slice(0, 16)}`

/** A folder for one attempt to start a server: its configuration goes in, the port it was given comes out. */
export interface StartFolder {
  readonly configFile: string
  /** The port that the server bound; undefined as long as it has not said so. */
  readonly boundPort: () => number | undefined
  readonly remove: () => void
}

/** Bytes of the largest message, headers included: the most that NATS recommends, so that long transcripts fit. */
const maxPayload = 8_388_608

/**
 * Writes the server's configuration; `port` -1 lets it choose a free one. JSON is a subset of the server's configuration
 * language. The token is never an argument, where others could see it.
 */
export const makeStartFolder = (dataDir: string, port: number, token: string): StartFolder => {
  const folder = mkdtempSync(join(dataDir, "starting-"))
  const configFile = join(folder, "server.conf")
  const configuration = {
    host: "127.0.0.1",
    port,
    server_name: serverName(token),
    authorization: { token },
    max_payload: maxPayload,
    jetstream: { store_dir: dataDir },
    ports_file_dir: folder
  }
  writeFileSync(configFile, JSON.stringify(configuration), { mode: 0o600 })
  const boundPort = (): number | undefined => {
    // Named by the server's process id, which is not that of a shell around it.
    const file = readdirSync(folder).find((name) => name.endsWith(".ports"))
    const ports = file === undefined ? undefined : readJson(join(folder, file))
    if (typeof ports !== "object" || ports === null || !("nats" in ports) || !Array.isArray(ports.nats))
      return undefined
    const bound = Number(/:(\d+)$/.exec(String(ports.nats[0]))?.[1])
    return Number.isInteger(bound) ? bound : undefined
  }
  return { configFile, boundPort, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
