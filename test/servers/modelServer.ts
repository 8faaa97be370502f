import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { Effect, type Scope } from "effect"
import { type Answer, answerGeneration, answerGet, json } from "./answers.ts"
import { chat, completions, type Dialect, sglang } from "./dialects.ts"
import type { FaultPlan } from "./faults.ts"

export interface ModelServerOptions {
  readonly speaks: "sglang" | "completions" | "chat"
  /** What the model writes after a prompt; the server cuts it at a stop string or at the token limit. */
  readonly reply: (prompt: string) => string
  /** Time before each answer, in milliseconds. */
  readonly latencyMs?: number
  readonly faults?: FaultPlan
  /** The `Retry-After` of a `rate-limit` fault, in seconds; 1 by default. */
  readonly retryAfterSeconds?: number
  /** Tell the matched stop string as vLLM does (`stop_reason`), default true. SGLang's native interface always tells. */
  readonly tellsStop?: boolean
  /** The bearer token asked for. The refusal repeats the token that came, as careless servers do. */
  readonly apiKey?: string
}

export interface ModelServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Generation requests that arrived, failed ones included. */
  readonly requests: () => number
  /** The most generation requests that were ever under way at once. */
  readonly peakConcurrency: () => number
  /** How often each fault was injected. */
  readonly faults: () => Readonly<Record<string, number>>
  /** The body of the latest generation request. */
  readonly lastBody: () => string
}

/** Starts a model server on a free port of the loopback interface; closing the scope stops it and cuts its connections. */
export const startModelServer = (options: ModelServerOptions): Effect.Effect<ModelServer, never, Scope.Scope> =>
  Effect.suspend(() => {
    const counts: Counts = { requests: 0, underWay: 0, peak: 0, faults: {}, lastBody: "" }
    const server = createServer(makeHandler(options, counts))
    return Effect.acquireRelease(listen(server), () => close(server)).pipe(
      Effect.map((url) => ({
        url,
        requests: () => counts.requests,
        peakConcurrency: () => counts.peak,
        faults: () => ({ ...counts.faults }),
        lastBody: () => counts.lastBody
      }))
    )
  })

interface Counts {
  requests: number
  underWay: number
  peak: number
  readonly faults: Record<string, number>
  lastBody: string
}

const listen = (server: Server): Effect.Effect<string> =>
  Effect.callback((resume) => {
    server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
      const address = server.address()
      const port = typeof address === "object" ? address?.port : undefined
      resume(Effect.succeed(`http://127.0.0.1:${port}`))
    })
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

const dialectOf = ({ speaks, tellsStop = true }: ModelServerOptions): Dialect => {
  switch (speaks) {
    case "sglang":
      return sglang
    case "completions":
      return completions(tellsStop)
    case "chat":
      return chat(tellsStop)
  }
}

const makeHandler = (options: ModelServerOptions, counts: Counts) => {
  const dialect = dialectOf(options)
  const { apiKey, faults, latencyMs = 0, reply, retryAfterSeconds = 1 } = options

  const onGeneration = (body: string, response: ServerResponse) => {
    counts.requests += 1
    counts.lastBody = body
    const fault = faults?.(counts.requests)
    if (fault !== undefined) counts.faults[fault] = (counts.faults[fault] ?? 0) + 1
    const answer = () => send(response, answerGeneration({ dialect, reply, retryAfterSeconds }, fault, body))
    if (latencyMs > 0) setTimeout(answer, latencyMs)
    else answer()
  }

  return (request: IncomingMessage, response: ServerResponse) => {
    const { authorization } = request.headers
    if (request.method === "GET") send(response, answerGet(request.url))
    else if (request.url !== dialect.path) send(response, json(404, { detail: "Not Found" }))
    else if (apiKey !== undefined && authorization !== `Bearer ${apiKey}`) {
      send(response, json(401, { error: { message: `Incorrect API key provided: ${authorization}` } }))
    } else {
      counts.underWay += 1
      counts.peak = Math.max(counts.peak, counts.underWay)
      response.once("close", () => {
        counts.underWay -= 1
      })
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => onGeneration(Buffer.concat(chunks).toString("utf8"), response))
    }
  }
}

const send = (response: ServerResponse, answer: Answer): void => {
  switch (answer.does) {
    case "reply": {
      const head = { "content-type": answer.contentType, "content-length": Buffer.byteLength(answer.body) }
      response.writeHead(answer.status, { ...head, ...answer.headers }).end(answer.body)
      break
    }
    case "break-off": {
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer.body) })
      response.write(answer.body.slice(0, answer.body.length / 2), () => response.destroy())
      break
    }
    case "reset":
      response.socket?.resetAndDestroy()
      break
    case "hang":
      break
  }
}
