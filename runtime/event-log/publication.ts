import type { MsgHdrs } from "@nats-io/transport-node"
import { AppendError } from "./errors.ts"

/** A message to store: its subject, the text of its body, and the id under which the broker drops a second copy. */
export interface Publication {
  readonly subject: string
  readonly body: string
  readonly messageId: string
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes below the server's limit that it must keep free, for what is added when the same body is stored again. */
  readonly headroom?: number
  /** Called as soon as it is stored, before any process gets it from the broker. */
  readonly onStored?: (stored: Stored) => void
}

/** Where a message was stored. `duplicate`: an earlier copy is there already, at `sequence`. */
export interface Stored {
  readonly sequence: number
  readonly duplicate: boolean
}

/** A publication as the client takes it. */
export interface EncodedPublication {
  readonly headers: MsgHdrs
  readonly payload: Uint8Array
  /** Bytes, headers included. */
  readonly size: number
}

/** Twice as fast as `Buffer.from` for long texts with letters beyond Latin ones. */
const utf8 = new TextEncoder()

/**
 * Encodes a publication. The client's own header map costs as much as the rest of a publish; the values here (ids, type names,
 * trace context, one line of an error) never need the checks it makes.
 */
export const encodePublication = (publication: Publication): EncodedPublication => {
  let text = `NATS/1.0\r\nNats-Msg-Id: ${publication.messageId}\r\n`
  for (const name in publication.headers) text += `${name}: ${publication.headers[name]}\r\n`
  const headers = Buffer.from(`${text}\r\n`)
  const payload = utf8.encode(publication.body)
  // The client only ever calls `encode` on the headers of a message that it publishes.
  return { headers: { encode: () => headers } as unknown as MsgHdrs, payload, size: headers.length + payload.length }
}

const refused = (detail: string): AppendError => new AppendError({ reason: "refused", detail, retryable: false })

/**
 * Reads JetStream's reply to a publish; the common form without a JSON parser. Undefined when it says neither that the message
 * is stored nor that it never will be: there is no stream to answer, or its cluster has no leader now.
 */
export const readAck = (text: string): Stored | AppendError | undefined => {
  if (text === "" || text.includes('"err_code":10008')) return undefined
  const at = text.indexOf('"seq":')
  if (at > 0 && !text.includes('"error"')) {
    const sequence = Number.parseInt(text.slice(at + 6), 10)
    if (sequence > 0) return { sequence, duplicate: text.includes('"duplicate":') && /"duplicate":\s*true/.test(text) }
  }
  const description = /"description":"([^"]*)"/.exec(text)?.[1] ?? text.slice(0, 200)
  return refused(`the broker refused an event: ${description}`)
}

export const noPermission = (subject: string): AppendError =>
  refused(`the broker's user may not publish to ${subject}; give it the permission`)

/** The client did not even send it: the subject is none. */
export const unsendable = (subject: string, cause: unknown): AppendError =>
  refused(`${subject}: ${cause instanceof Error ? cause.message : String(cause)}`)

/** Says that a message of `size` bytes exceeds a limit, and what to do about it. */
export const exceeds = (size: number, limit: number): string => {
  const mib = (bytes: number) => `${(bytes / 1_048_576).toFixed(2)} MiB`
  return `an event of ${mib(size)} exceeds the broker's limit of ${mib(limit)}; raise max_payload on the server or shorten the event`
}

export const tooLarge = (subject: string, size: number, limit: number): AppendError =>
  new AppendError({ reason: "too-large", detail: `${subject}: ${exceeds(size, limit)}`, retryable: false })

export const unavailable = (detail: string): AppendError =>
  new AppendError({ reason: "unavailable", detail, retryable: true })
