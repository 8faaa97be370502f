import { complete, cutInHalf } from "./completion.ts"
import { type Dialect, modelName } from "./dialects.ts"
import type { Fault } from "./faults.ts"

/** What a server does with a connection after it read a request. */
export type Answer =
  | {
      readonly does: "reply"
      readonly status: number
      readonly contentType: string
      readonly body: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Announces the whole body and closes the connection in the middle of it. */
  | { readonly does: "break-off"; readonly body: string }
  | { readonly does: "hang" }
  | { readonly does: "reset" }

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  does: "reply",
  status,
  contentType: "application/json",
  body: JSON.stringify(body),
  headers
})

/** The answer to a GET request: health, and the list of models. */
export const answerGet = (path: string | undefined): Answer => {
  if (path === "/health") return json(200, { status: "ok" })
  if (path === "/v1/models") return json(200, { object: "list", data: [{ id: modelName, object: "model" }] })
  return json(404, { detail: "Not Found" })
}

/** The answer to a generation request, spoilt by the fault if there is one. */
export const answerGeneration = (
  options: {
    readonly dialect: Dialect
    readonly reply: (prompt: string) => string
    readonly retryAfterSeconds: number
  },
  fault: Fault | undefined,
  requestBody: string
): Answer => {
  const { dialect } = options
  switch (fault) {
    case "hang":
    case "reset":
      return { does: fault }
    case "server-error":
      return json(500, { error: { message: "injected failure" } })
    case "rate-limit":
      return json(429, { error: { message: "injected rate limit" } }, { "retry-after": `${options.retryAfterSeconds}` })
    case "html-page":
      return { does: "reply", status: 200, contentType: "text/html", body: "<html><h1>Bad Gateway</h1></html>" }
    case "no-choices":
      return json(200, dialect.empty)
  }
  const written = generate(options, requestBody, fault === "truncated-reply")
  if (written.does !== "reply" || written.status !== 200) return written
  if (fault === "truncated-body") return { does: "break-off", body: written.body }
  return fault === "malformed-json" ? { ...written, body: written.body.slice(0, -2) } : written
}

const generate = (
  options: { readonly dialect: Dialect; readonly reply: (prompt: string) => string },
  requestBody: string,
  half: boolean
): Answer => {
  try {
    const prompt = options.dialect.read(requestBody)
    const completion = complete(options.reply(prompt.text), prompt)
    return json(200, options.dialect.write(prompt, half ? cutInHalf(completion) : completion))
  } catch (error) {
    return json(400, { error: { message: error instanceof Error ? error.message : String(error) } })
  }
}
