import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { writeRandomModel } from "../test/support/randomModel.ts"
import { inTemporaryFolder, machine, root, table, whole } from "./support.ts"

/**
 * What many clients at once get from `smartsearch serve model`, and what it costs in memory: each asks again as soon as it is
 * answered, in turn over `/generate`, `/v1/completions` and a streamed `/v1/chat/completions`; every tenth request is given up
 * after a while, one in fifty is wrong, and one in two hundred is a prompt of two megabytes.
 *
 *     node bench/serveLoad.ts [--model FOLDER] [--clients 64] [--seconds 60] [--tokens 32]
 *
 * Without a model it serves a tiny one of random weights. Latencies are of requests that were answered with 200, to the last byte.
 */

const { values: options } = parseArgs({
  options: {
    model: { type: "string" },
    clients: { type: "string", default: "64" },
    seconds: { type: "string", default: "60" },
    tokens: { type: "string", default: "32" }
  }
})
const clients = Number(options.clients)
const seconds = Number(options.seconds)
const tokens = Number(options.tokens)
const warmUp = Math.min(10, seconds / 4)

/** Megabytes of memory that a process holds. */
const residentMegabytes = (child: ChildProcess): number => {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8")
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

interface Request {
  readonly path: string
  readonly body: object
}

const prompts = [
  "Who wrote it?",
  "Which film came first, and who directed it?",
  "Where was the director's mother born?"
]

/** The requests of one client, one after the other; the first of its numbers says which client it is. */
const requestOf = (client: number, number: number): Request => {
  const turn = client * 7 + number
  const prompt = `${prompts[turn % prompts.length]} (${turn})`
  if (turn % 200 === 111) return { path: "/generate", body: { text: "x".repeat(2_000_000) } }
  if (turn % 50 === 33) return { path: "/v1/completions", body: { model: "nobody's", prompt } }
  switch (turn % 3) {
    case 0:
      return {
        path: "/generate",
        body: { text: prompt, sampling_params: { max_new_tokens: tokens, ignore_eos: true } }
      }
    case 1:
      return { path: "/v1/completions", body: { prompt, max_tokens: tokens, ignore_eos: true } }
    default: {
      const messages = [{ role: "user", content: prompt }]
      return { path: "/v1/chat/completions", body: { messages, max_tokens: tokens, ignore_eos: true, stream: true } }
    }
  }
}

/** Sends a request and reads the whole answer: its status, that it was given up, or that the connection broke. */
const send = async (
  url: string,
  { body, path }: Request,
  patience: number | undefined
): Promise<number | "given up" | "broken"> => {
  const signal = patience === undefined ? null : AbortSignal.timeout(patience)
  const headers = { "content-type": "application/json" }
  try {
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body), signal })
    await response.arrayBuffer()
    return response.status
  } catch {
    return signal?.aborted === true ? "given up" : "broken"
  }
}

/** Starts the server; gives its process and address. */
const start = async (model: string): Promise<{ readonly child: ChildProcess; readonly url: string }> => {
  const args = [join(root, "runtime/cli/main.ts"), "serve", "model", "--model", model, "--port", "0", "--json"]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  for await (const line of createInterface({ input: child.stdout })) {
    const { url }: { readonly url: string } = JSON.parse(line)
    return { child, url }
  }
  throw new Error("the server did not start")
}

const percentile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

const load = async (model: string): Promise<void> => {
  const { child, url } = await start(model)
  try {
    const before = residentMegabytes(child)
    const counts = new Map<string, number>()
    const latencies: Array<number> = []
    const end = performance.now() + seconds * 1000
    const client = async (index: number) => {
      for (let number = 0; performance.now() < end; number++) {
        const begun = performance.now()
        const givenUp = number % 10 === 9
        const outcome = await send(url, requestOf(index, number), givenUp ? 20 + 10 * (index % 8) : undefined)
        counts.set(String(outcome), (counts.get(String(outcome)) ?? 0) + 1)
        if (outcome === 200 && !givenUp) latencies.push(performance.now() - begun)
        if (outcome === 429) await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    const running = Array.from({ length: clients }, (_, index) => client(index))
    await new Promise((resolve) => setTimeout(resolve, warmUp * 1000))
    const warm = residentMegabytes(child)
    await new Promise((resolve) => setTimeout(resolve, (seconds / 2 - warmUp) * 1000))
    const half = residentMegabytes(child)
    await Promise.all(running)
    const after = residentMegabytes(child)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const generated = Number(/^smartsearch_completion_tokens_total (\d+)/m.exec(metrics)?.[1])
    const left = Number(/^smartsearch_sequences_running (\d+)/m.exec(metrics)?.[1])

    const sorted = latencies.toSorted((a, b) => a - b)
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    console.log(`${machine()}; ${clients} clients for ${seconds} s, ${tokens} tokens each\n`)
    const outcomes = [...counts].toSorted().map(([outcome, count]) => [outcome, whole(count)])
    console.log(table(["outcome", "requests"], [...outcomes, ["all", whole(total)]]))
    console.log()
    const rows: ReadonlyArray<readonly [string, string]> = [
      ["answered a second", (latencies.length / seconds).toFixed(1)],
      ["tokens a second", whole(generated / seconds)],
      ["latency p50, ms", whole(percentile(sorted, 0.5))],
      ["latency p99, ms", whole(percentile(sorted, 0.99))],
      ["sequences left in the batch", whole(left)],
      ["RSS at the start, MB", whole(before)],
      [`RSS after ${warmUp} s, MB`, whole(warm)],
      [`RSS after ${seconds / 2} s, MB`, whole(half)],
      ["RSS at the end, MB", whole(after)]
    ]
    console.log(table(["measure", "value"], rows))
  } finally {
    child.kill("SIGTERM")
  }
}

if (options.model !== undefined) await load(options.model)
else await inTemporaryFolder(async (folder) => load(await writeRandomModel(folder, "tiny")))
