import { Effect } from "effect"
import { startModelServer } from "../test/servers/modelServer.ts"

/**
 * A policy server in a process of its own that costs next to nothing beyond its latency: it searches for the question, then
 * for the question's last words, then answers. Prints its address; the latency in milliseconds is its argument.
 */

const question = /<\|im_start\|>user\n(.*?)<\|im_end\|>/s

const reply = (prompt: string): string => {
  const asked = question.exec(prompt)?.[1] ?? ""
  const turn = prompt.slice(prompt.lastIndexOf("<|im_start|>assistant"))
  const results = turn.split("</result>").length - 1
  const search = (query: string) => ` I look for it. </think>\n<search> ${query} </search>`
  if (results === 0) return search(asked)
  if (results === 1) return search(asked.split(" ").slice(-4).join(" "))
  return " I have read enough. </think>\n<answer> The final answer is \\[ \\boxed{unknown} \\] </answer>"
}

const serve = Effect.gen(function* () {
  const { url } = yield* startModelServer({ speaks: "sglang", latencyMs: Number(process.argv[2] ?? 0), reply })
  process.stdout.write(`${url}\n`)
  return yield* Effect.never
})

await Effect.runPromise(Effect.scoped(serve))
