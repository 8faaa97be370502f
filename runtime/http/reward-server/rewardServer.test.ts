import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { GenerationError } from "../../../actors/languageModel.ts"
import type { JudgedQuery } from "../../../actors/reward-judge/judgePrompt.ts"
import { paperRules } from "../../../method/assess.ts"
import { renderResults } from "../../../method/protocol.ts"
import { serveRewards } from "./rewardServer.ts"
import type { Judge } from "./scoreSolution.ts"

const documents = ["1", "2", "3"].map((id) => `"${id}"\ntext ${id}`)
const search = (query: string) => `<think>t</think><search>${query}</search>${renderResults(documents)}`
const answer = (text: string) => `<think>t</think><answer>\\[ \\boxed{${text}} \\]</answer>`

/** Two searches that find the same documents: the second one is redundant. */
const right = { solution: search("a") + search("b") + answer("gold"), golden_answers: ["gold"], question: "Who?" }
const wrong = { ...right, solution: search("useful") + answer("silver") }

/** Finds useful what says so. */
const judge: Judge = ({ query }) =>
  Effect.succeed({
    scorer: { name: "usefulness", version: "test" },
    result: query === "mumble" ? { kind: "unparsed" } : { kind: "value", score: query === "useful" ? 1 : 0 },
    explanation: `${query} was read`,
    evidence: {}
  })

const serve = (judge?: Judge) =>
  serveRewards({ rules: paperRules, judge }, { host: "127.0.0.1", port: 0, maxBody: 100_000 })

const post = (
  address: string,
  body: unknown,
  headers: Record<string, string> = { "content-type": "application/json" }
) =>
  Effect.promise(async () => {
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const response = await fetch(`${address}/reward`, { method: "POST", body: text, headers })
    return { status: response.status, retryAfter: response.headers.get("retry-after"), body: await response.json() }
  })

describe("the reward server", () => {
  it.live("rewards a right answer less for each low-quality query", () =>
    Effect.gen(function* () {
      const { status, body } = yield* post(yield* serve(judge), { ...right, data_source: "hotpotqa" })
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(body, {
        reward: 0.9,
        components: {
          correct: true,
          em: 1,
          f1: 1,
          format: 1,
          broken_tag: false,
          n_correct: 0,
          n_wrong: 2,
          rounds: [
            { query: "a", quality: "low", feedback: "a was read" },
            {
              query: "b",
              quality: "low",
              feedback:
                "The query is redundant: it retrieved 3 documents that earlier rounds had already retrieved (allowed: 1).\nb was read"
            }
          ]
        }
      })
    })
  )

  it.live("rewards a wrong answer for its high-quality queries, in a list as alone", () =>
    Effect.gen(function* () {
      const address = yield* serve(judge)
      const { body } = yield* post(address, [wrong, right])
      assert.deepStrictEqual(
        body.map(({ reward }: { readonly reward: number }) => reward),
        [0.2, 0.9]
      )
      assert.deepStrictEqual((yield* post(address, wrong)).body, body[0])
    })
  )

  it.live("says that only novelty was scored when there is no judge", () =>
    Effect.gen(function* () {
      const { body } = yield* post(yield* serve(), right)
      assert.strictEqual(body.reward, 1)
      assert.deepStrictEqual(
        body.components.rounds.map(({ quality }: { readonly quality: string }) => quality),
        ["unscored", "low"]
      )
      assert.strictEqual(
        body.note,
        "only novelty was scored: nobody here scores usefulness; queries that depend on it count neither as right nor as wrong"
      )
    })
  )

  it.live("asks nobody for scores that come with the solution", () =>
    Effect.gen(function* () {
      const never: Judge = ({ query }) => Effect.die(new Error(`asked for ${query}`))
      const rounds = [{ scores: { usefulness: 1 } }, { document_ids: ["9"], scores: { usefulness: 0, novelty: 1 } }]
      const { body } = yield* post(yield* serve(never), { ...right, rounds })
      assert.deepStrictEqual([body.reward, body.components.n_correct, body.components.n_wrong], [1, 1, 1])
      assert.notProperty(body, "note")
    })
  )

  it.live("keeps a reply of the judge that can't be read out of the reward", () =>
    Effect.gen(function* () {
      const solution = search("mumble") + answer("gold")
      const { body } = yield* post(yield* serve(judge), { ...right, solution })
      assert.strictEqual(body.reward, 1.1)
      assert.strictEqual(body.components.rounds[0].quality, "unparsed")
    })
  )

  it.live("gives the judge the question and the solution up to the results", () =>
    Effect.gen(function* () {
      const seen: Array<JudgedQuery> = []
      const watching: Judge = (query) => {
        seen.push(query)
        return judge(query)
      }
      yield* post(yield* serve(watching), wrong)
      assert.deepStrictEqual(seen, [
        {
          question: { question: "Who?", goldenAnswers: ["gold"] },
          query: "useful",
          transcript: wrong.solution.slice(0, wrong.solution.indexOf("</result>") + 9)
        }
      ])
    })
  )

  const { question: _, ...anonymous } = right
  it.live.each([
    ["no JSON", "{", 400, null, "the body is not JSON"],
    ["no answers", { ...right, golden_answers: [] }, 400, "golden_answers", "golden_answers"],
    ["no solution", { golden_answers: ["x"] }, 400, null, "solution"],
    ["nothing", [], 400, null, "expected"],
    ["no question for the judge", [anonymous], 400, "[0].question", "the judge of usefulness reads the question"],
    ["too few rounds", { ...right, rounds: [{}] }, 400, "rounds", "expected a round for each result, got 1 for 2"],
    ["too much", { ...right, solution: "x".repeat(200_000) }, 413, null, "larger than this server takes"]
  ] as const)("refuses %s", ([, request, status, param, detail]) =>
    Effect.gen(function* () {
      const reply = yield* post(yield* serve(judge), request)
      assert.strictEqual(reply.status, status)
      assert.strictEqual(reply.body.error.param, param)
      assert.include(reply.body.error.message, detail)
    })
  )

  it.live("tells that the judge is away, so that the trainer asks again", () =>
    Effect.gen(function* () {
      const failure = { model: "judge", reason: "unreachable", detail: "refused" } as const
      const away: Judge = () => Effect.fail(new GenerationError({ ...failure, retryable: true }))
      const { body, retryAfter, status } = yield* post(yield* serve(away), right)
      assert.deepStrictEqual([status, retryAfter], [503, "1"])
      assert.include(body.error.message, 'model "judge": unreachable')
      const broken: Judge = () => Effect.fail(new GenerationError({ ...failure, retryable: false }))
      assert.strictEqual((yield* post(yield* serve(broken), right)).status, 500)
    })
  )

  it.live("says who scores, and which routes there are", () =>
    Effect.gen(function* () {
      const get = (address: string, path: string) =>
        Effect.promise(async () => {
          const response = await fetch(`${address}${path}`)
          return [response.status, await response.json()]
        })
      const address = yield* serve()
      assert.deepStrictEqual(yield* get(address, "/health"), [
        200,
        { status: "ok", combine: ["novelty", "usefulness"], scorers: ["novelty"] }
      ])
      assert.strictEqual((yield* get(address, "/reward"))[0], 405)
      assert.strictEqual((yield* get(address, "/other"))[0], 404)
    })
  )
})
