import { crc32 } from "node:zlib"

/**
 * The beginning of an event as the codec writes it, up to its correlation id; ids of other characters than these are left to
 * the parser, so that one id has one hash however its event was written.
 */
const written =
  /^\{"specversion":"1\.0","id":"[^"\\]*","source":"[^"\\]*","type":"[^"\\]*","subject":"[^"\\]*","time":"[^"\\]*","dataschema":"[^"\\]*","runid":"[^"\\]*","correlationid":"([ !#-[\]-~]*)"/

/** Longer beginnings are left to the parser too. */
const beginning = 768

/** Hashes are below this. */
export const hashes: number = 2 ** 32

/**
 * A hash of an event's correlation id, by which a log is divided among threads; 0 for what is no event. Most events tell it
 * without being parsed.
 */
export const correlationHash = (body: Buffer): number => {
  const found = written.exec(body.toString("latin1", 0, beginning))?.[1]
  const correlationId = found ?? parsed(body)
  return correlationId === undefined ? 0 : hashOf(correlationId)
}

export const hashOf = (correlationId: string): number => crc32(correlationId)

const parsed = (body: Buffer): string | undefined => {
  try {
    const event: unknown = JSON.parse(body.toString())
    if (typeof event !== "object" || event === null || !("correlationid" in event)) return undefined
    return typeof event.correlationid === "string" ? event.correlationid : undefined
  } catch {
    return undefined
  }
}
