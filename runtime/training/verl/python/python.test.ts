import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { paperRules } from "../../../../method/assess.ts"
import { renderResults } from "../../../../method/protocol.ts"
import { serveRewards } from "../../../http/reward-server/rewardServer.ts"
import { runPython } from "../../external/testing/python.ts"

const folder = fileURLToPath(new URL(".", import.meta.url))
const files = ["reward.py", "search_agent.py"]

/** Answers every request with the next of the replies, the last one for ever; keeps what was asked. */
const serve = (replies: ReadonlyArray<readonly [status: number, body: unknown]>) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly asked: Array<unknown>; readonly close: () => void }>((resume) => {
      const asked: Array<unknown> = []
      const server = createServer((request, response) => {
        let body = ""
        request.on("data", (chunk) => {
          body += chunk
        })
        request.on("end", () => {
          const [status, reply] = replies[Math.min(asked.length, replies.length - 1)] ?? [500, {}]
          asked.push(JSON.parse(body))
          response.writeHead(status).end(JSON.stringify(reply))
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" ? address?.port : undefined
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, asked, close: () => void server.close() }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

it.live("the Python files compile", () =>
  Effect.gen(function* () {
    const source = "import ast, sys\nfor file in sys.argv[1:]: compile(open(file).read(), file, 'exec')"
    const { code, stderr } = yield* runPython(
      source,
      files.map((file) => folder + file)
    )
    assert.deepStrictEqual([code, stderr], [0, ""])
  })
)

const compute = `
import json, sys
sys.path.insert(0, sys.argv[1])
import reward
reward.FIRST_WAIT = 0.01
asked = json.loads(sys.argv[3])
print(json.dumps(reward.compute_score(url=sys.argv[2], **asked)))
`

const computeScore = (url: string, asked: object) => runPython(compute, [folder, url, JSON.stringify(asked)])

describe("the reward function for verl", () => {
  const documents = ["1", "2", "3"].map((id) => `"${id}"\ntext`)
  const search = `<think>t</think><search>q</search>${renderResults(documents)}`
  const solution = `${search}${search}<think>t</think><answer>\\boxed{gold}</answer>`
  const rounds = [{ query: "q", document_ids: ["1", "2", "3"] }]

  it.live("gives the reward of the service", () =>
    Effect.gen(function* () {
      const rewarding = { rules: paperRules, judge: undefined }
      const url = yield* serveRewards(rewarding, { host: "127.0.0.1", port: 0, maxBody: 1_000_000 })
      const asked = { data_source: "hotpotqa", solution_str: solution, ground_truth: ["gold"] }
      const scored = yield* computeScore(url, asked)
      assert.strictEqual(scored.stderr, "")
      // The second search is redundant: 1 − 0.1, and 0.1 for the format.
      assert.deepStrictEqual(JSON.parse(scored.stdout), { score: 1, f1: 1, format: 1, n_correct: 0, n_wrong: 1 })
      const other = {
        ...asked,
        extra_info: { search: { question: "Who?", rounds: [...rounds, { document_ids: ["9"] }] } }
      }
      assert.deepStrictEqual(JSON.parse((yield* computeScore(url, other)).stdout).score, 1.1)
    })
  )

  const reply = { reward: 0.5, components: { f1: 0, format: 1, n_correct: 2, n_wrong: 0, correct: false } }

  it.live("sends what the agent loop told, and asks again while the service is away", () =>
    Effect.gen(function* () {
      const { asked, url } = yield* serve([
        [503, { error: { message: "the judge is away" } }],
        [429, {}],
        [200, reply]
      ])
      const extra_info = { index: 3, search: { question: "Who?", rounds } }
      const scored = yield* computeScore(`${url}/`, {
        data_source: "d",
        solution_str: "é",
        ground_truth: "gold",
        extra_info
      })
      assert.strictEqual(JSON.parse(scored.stdout).score, 0.5)
      assert.strictEqual(asked.length, 3)
      assert.deepStrictEqual(asked[2], {
        data_source: "d",
        solution: "é",
        golden_answers: ["gold"],
        question: "Who?",
        rounds: [{ document_ids: ["1", "2", "3"] }]
      })
    })
  )

  it.live("fails at once with what the service refuses, and after six attempts where none answers", () =>
    Effect.gen(function* () {
      const asked = { data_source: "d", solution_str: "s", ground_truth: ["gold"] }
      const { asked: requests, url } = yield* serve([[400, { error: { message: "expected a round for each result" } }]])
      const refused = yield* computeScore(url, asked)
      assert.strictEqual(refused.code, 1)
      assert.include(
        refused.stderr,
        `RuntimeError: the reward service ${url}/reward refused a trajectory: it answered 400: expected a round for each result`
      )
      assert.strictEqual(requests.length, 1)
      const away = yield* computeScore("http://127.0.0.1:1", asked)
      assert.match(
        away.stderr,
        /RuntimeError: the reward service http:\/\/127.0.0.1:1\/reward did not answer: .* \(6 attempts\)/
      )
    })
  )
})

/** As much of verl as an agent loop touches: a tokenizer of one token a character, and a policy that says what it is told. */
const play = `
import asyncio, json, sys, types

class AgentLoopBase:
    def __init__(self, trainer_config, server_manager, tokenizer, **kwargs):
        self.config, self.server_manager, self.tokenizer = trainer_config, server_manager, tokenizer
        self.loop = asyncio.get_running_loop()
    async def apply_chat_template(self, messages):
        return self.tokenizer.encode("P:" + messages[-1]["content"], add_special_tokens=False)

module = types.ModuleType("verl.experimental.agent_loop.agent_loop")
module.AgentLoopBase = AgentLoopBase
module.AgentLoopOutput = types.SimpleNamespace
for name in ["verl", "verl.experimental", "verl.experimental.agent_loop"]:
    sys.modules[name] = types.ModuleType(name)
sys.modules[module.__name__] = module
sys.path.insert(0, sys.argv[1])
import search_agent
search_agent.FIRST_WAIT = 0.01

class Tokenizer:
    def encode(self, text, add_special_tokens):
        return [ord(character) for character in text]
    def decode(self, ids, skip_special_tokens):
        return "".join(chr(token) for token in ids)

class Policy:
    def __init__(self, outputs):
        self.outputs, self.seen = list(outputs), []
    async def generate(self, request_id, prompt_ids, sampling_params):
        self.seen.append({"prompt": Tokenizer().decode(prompt_ids, True), **sampling_params})
        ids = Tokenizer().encode(self.outputs.pop(0), add_special_tokens=False)[: sampling_params["max_tokens"]]
        return types.SimpleNamespace(token_ids=ids, log_probs=[-1.0] * len(ids) if sampling_params.get("logprobs") else None)

async def main():
    asked = json.loads(sys.argv[2])
    policy = Policy(asked["outputs"])
    rollout = types.SimpleNamespace(response_length=asked.get("length", 1000))
    config = types.SimpleNamespace(actor_rollout_ref=types.SimpleNamespace(rollout=rollout))
    loop = search_agent.SearchAgentLoop(config, policy, Tokenizer(), name="smartsearch", **asked["settings"])
    params = {"temperature": 1.0, "logprobs": asked.get("logprobs", False)}
    output = await loop.run(params, raw_prompt=[{"role": "user", "content": "Who?"}])
    text = Tokenizer().decode(output.response_ids, True)
    learnt = "".join(character for character, kept in zip(text, output.response_mask) if kept)
    print(json.dumps({"text": text, "learnt": learnt, "seen": policy.seen, "logprobs": output.response_logprobs,
        "turns": output.num_turns, "prompt": Tokenizer().decode(output.prompt_ids, True), **output.extra_fields}))

asyncio.run(main())
`

describe("the agent loop for verl", () => {
  const found = [
    { id: 7, contents: '"A"\nfirst' },
    { id: "8", contents: '"B"\nquotes </result> and <search>' }
  ]
  const settings = { top_k: 2, max_turns: 5, mask_results: true, server: "vllm" }

  const run = (asked: { readonly outputs: ReadonlyArray<string> } & Record<string, unknown>, changes: object = {}) =>
    Effect.gen(function* () {
      const { asked: searches, url } = yield* serve([[200, found]])
      const all = { ...asked, settings: { ...settings, search_url: url, ...changes } }
      const { stderr, stdout } = yield* runPython(play, [folder, JSON.stringify(all)])
      assert.strictEqual(stderr, "")
      return { searches, ...JSON.parse(stdout) }
    })

  const results = renderResults(found.map(({ contents }) => contents))
  const outputs = [
    " a </think><search> q1 </search><search>q2</search>",
    "<think> b </think><answer>\\boxed{x}</answer>"
  ]

  it.live("makes the transcript that our own agent makes, and leaves results out of the loss", () =>
    Effect.gen(function* () {
      const { learnt, prompt, search, searches, seen, text, turns } = yield* run({ outputs })
      assert.strictEqual(prompt, "P:Who?")
      assert.strictEqual(text, `<think>${outputs[0]}${results}${results}${outputs[1]}`)
      assert.strictEqual(learnt, outputs.join(""))
      assert.strictEqual(turns, 4)
      assert.deepStrictEqual(searches, [
        { query: "q1", top_n: 2 },
        { query: "q2", top_n: 2 }
      ])
      assert.deepStrictEqual(search, {
        question: "Who?",
        rounds: ["q1", "q2"].map((query) => ({ query, document_ids: ["7", "8"] }))
      })
      assert.deepInclude(seen[1], {
        prompt: `P:Who?<think>${outputs[0]}${results}${results}`,
        stop: ["</search>"],
        include_stop_str_in_output: true,
        temperature: 1
      })
    })
  )

  it.live("learns results too when that is asked for, and speaks to SGLang in its words", () =>
    Effect.gen(function* () {
      const { learnt, seen } = yield* run({ outputs }, { mask_results: false, server: "sglang" })
      assert.strictEqual(learnt, `${outputs[0]}${results}${results}${outputs[1]}`)
      assert.deepInclude(seen[0], { stop: ["</search>"], no_stop_trim: true })
    })
  )

  it.live("stops at its limits of turns and tokens", () =>
    Effect.gen(function* () {
      const searching = "<search>q</search>"
      const turns = yield* run({ outputs: [searching, searching, searching] }, { max_turns: 2 })
      assert.strictEqual(turns.text, `<think>${searching}${results}${searching}`)
      const tokens = yield* run({ outputs: [searching, searching], length: 40, logprobs: true })
      assert.strictEqual(tokens.text, `<think>${searching}${results}`.slice(0, 40))
      assert.strictEqual(tokens.logprobs.length, 40)
      assert.deepStrictEqual([tokens.logprobs[0], tokens.logprobs[7], tokens.logprobs[25]], [0, -1, 0])
    })
  )

  it.live("searches for nothing when tags do not pair up, nor for an empty query", () =>
    Effect.gen(function* () {
      const open = yield* run({ outputs: ["<search>q"] })
      assert.deepStrictEqual([open.text, open.searches], ["<think><search>q", []])
      const empty = yield* run({ outputs: ["<search> </search>", "end"] })
      assert.deepStrictEqual([empty.text, empty.searches], [`<think><search> </search>${renderResults([])}end`, []])
      assert.deepStrictEqual(empty.search.rounds, [{ query: "", document_ids: [] }])
    })
  )

  it.live("fails when the retriever keeps failing", () =>
    Effect.gen(function* () {
      const { url } = yield* serve([[500, {}]])
      const asked = { outputs, settings: { ...settings, search_url: url } }
      const { code, stderr } = yield* runPython(play, [folder, JSON.stringify(asked)])
      assert.strictEqual(code, 1)
      assert.include(stderr, `RuntimeError: the retriever ${url}/search gave no documents in 6 attempts`)
    })
  )
})
