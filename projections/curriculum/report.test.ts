import { assert, describe, it } from "@effect/vitest"
import { unbalanced } from "../testing/unbalanced.ts"
import type { CurriculumPlanned, StagePlan } from "./report/plan.ts"
import { curriculumEvents } from "./report/testing/curriculumLog.ts"
import { reportOf } from "./report/testing/reportOf.ts"
import { renderCurriculumReport } from "./report.ts"

const pageOf = (story: Parameters<typeof curriculumEvents>[0] = {}, planned?: CurriculumPlanned): string =>
  renderCurriculumReport(reportOf(curriculumEvents(story), planned))

const sections = (html: string): ReadonlyArray<string> =>
  [...html.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, title = ""]) => title)

const charts = (html: string): ReadonlyArray<string> =>
  [...html.matchAll(/aria-labelledby="([^ ]+)-title /g)].map(([, id = ""]) => id)

const stage = (changes: Partial<StagePlan> & Pick<StagePlan, "stage">): StagePlan => ({
  rounds: 1,
  samples: 4,
  temperature: 1,
  processReward: true,
  ...changes
})

const planned = (...stages: ReadonlyArray<StagePlan>): CurriculumPlanned => ({
  ...{ seed: 7, retriever: "bm25", topK: 3, judge: "evidence", refiner: "offline" },
  stages
})

describe("the report of a curriculum", () => {
  const page = pageOf({}, planned(stage({ stage: "sft", questions: 300 })))

  it("is one page that loads nothing and runs nothing", () => {
    assert.notMatch(
      page.replaceAll('xmlns="http://www.w3.org/2000/svg"', ""),
      /<script|<link|<img|\ssrc=|\shref=|url\(|@import|https?:/
    )
    assert.notMatch(page, /NaN|undefined|Infinity/)
    assert.isTrue(page.startsWith("<!doctype html>\n"))
    assert.deepStrictEqual(unbalanced(page), [])
  })

  it("tells what was trained, from what, how far it got, and with what", () => {
    for (const fact of [
      "<h1>Curriculum atlas</h1>",
      "completed 2026-01-31 10:20 UTC",
      "/srv/out/atlas/base/policy (5b9a3c1f5b9a)",
      "1,412,096",
      "<dt>Seed</dt><dd>7</dd>",
      "bm25, 3 documents a query",
      "0.1.0, Node 24.19.0"
    ]) {
      assert.include(page, fact)
    }
  })

  it("has the figures of every stage for both sets side by side, the best ones marked", () => {
    const table = /<table><thead>.*?<\/table>/s.exec(page)?.[0] ?? ""
    assert.include(table, 'colspan="8" class="set">Questions: true</th>')
    assert.include(table, 'colspan="8" class="set">Questions: counterfactual</th>')
    const lines = [...table.matchAll(/<tr><th scope="row">(.*?)<\/tr>/g)].map(([, line = ""]) =>
      line
        .replace(/<b>([^<]*)<\/b>/g, "*$1")
        .split(/<[^>]+>/)
        .filter((cell) => cell !== "")
    )
    assert.deepStrictEqual(
      lines.map(([name, n, em, , , , , , , , other]) => [name, n, em, other]),
      [
        ["Base", "6", "16.7", "0.0"],
        ["SFT", "6", "50.0", "33.3"],
        ["DPO", "6", "66.7", "50.0"],
        ["GRPO", "6", "*83.3", "*66.7"]
      ]
    )
    assert.include(page, '<b>83.3</b><span>exact match, true</span><span class="gain">+66.7 since Base</span>')
  })

  it("has a curve for what each objective is about, the rounds of GRPO strung together", () => {
    assert.deepStrictEqual(charts(page), [
      "low-queries",
      ...["sft-loss", "sft-token-accuracy"],
      ...["dpo-loss", "dpo-preference-accuracy", "dpo-margin"],
      ...["grpo-reward", "grpo-kl", "grpo-rollouts"]
    ])
    assert.include(page, "GRPO, 2 rounds one after the other")
    assert.match(page, /Mean reward of the rollouts\. From [\d.]+ at step 1 to [\d.]+ at step 60\./)
  })

  it("counts what was sampled and learnt from in every round", () => {
    const [, table = ""] = /aria-label="Data of each stage".*?<tbody>(.*?)<\/tbody>/s.exec(page) ?? []
    const lines = table.split("</tr>").map((line) => line.split(/<[^>]+>/).filter((cell) => cell !== ""))
    assert.deepStrictEqual(lines.slice(0, -1), [
      ["SFT", "4", "7", "2", "1", "71.4", "28.6", "50.0", "1,042 demonstrations", "30"],
      ["DPO", "4", "7", "2", "1", "71.4", "28.6", "50.0", "187 pairs", "30"],
      ["GRPO 1", "4", "7", "2", "1", "71.4", "28.6", "50.0", "24 groups", "30"],
      ["GRPO 2", "4", "7", "1", "1", "85.7", "42.9", "40.0", "24 groups", "30"]
    ])
  })

  it("follows one question through the stages, with the command that audits its bad query", () => {
    const [, told = ""] = page.split("<h2>One question, stage by stage</h2>")
    assert.include(told, "What is the internet domain of the country where people speak Vietnamese?")
    assert.match(told, /everything about question 2<\/span><span class="verdict low">0</)
    assert.match(told, /<b class="low">usefulness 0<\/b><span class="soft"> usefulness says 0</)
    assert.include(told, "Qatar · Saudi Arabia")
    const query = /smartsearch audit query (t[0-9a-f]{16}:1)/.exec(told)?.[1] ?? ""
    assert.include(told, `<code class="id">${query}</code>`)
  })

  it("takes text of the log for text", () => {
    const injected = pageOf({ query: `<img src=x onerror="alert('&')">`, name: "<b>", sets: ["<i>"] })
    assert.notMatch(injected, /<img|<b>Curriculum|<i>/)
    assert.include(injected, "&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;")
    assert.deepStrictEqual(unbalanced(injected), [])
  })

  it("is the same bytes for the same log, however the events of its runs came in between each other", () => {
    const events = curriculumEvents()
    const [started, ...rest] = events
    if (started === undefined) throw new Error("expected a curriculum")
    const runs = rest.filter(({ runid }) => runid !== "atlas")
    const own = rest.filter(({ runid }) => runid === "atlas")
    const shuffled = [started, ...runs.toReversed().toSorted(byStart), ...own, ...own]
    assert.strictEqual(renderCurriculumReport(reportOf(events)), renderCurriculumReport(reportOf(events)))
    assert.strictEqual(renderCurriculumReport(reportOf(shuffled)), renderCurriculumReport(reportOf(events)))
  })
})

const byStart = (left: { readonly type: string }, right: { readonly type: string }): number =>
  Number(right.type === "RunStarted") - Number(left.type === "RunStarted")

describe("the report of a curriculum that is going on", () => {
  it("tells the step that is due, and of the rest what there is", () => {
    const page = pageOf({ done: 9 })
    assert.include(page, "at dpo-dataset, step 9 of 20")
    assert.include(page, "187 pairs")
    assert.deepStrictEqual(charts(page), ["low-queries", "sft-loss", "sft-token-accuracy"])
    assert.deepStrictEqual(unbalanced(page), [])
    assert.notMatch(page, /NaN|undefined|Infinity/)
  })

  it("has neither a question nor curves before there are any", () => {
    for (const done of [0, 1, 2]) {
      const page = pageOf({ done })
      assert.deepStrictEqual(
        sections(page),
        ["What each stage reached", "What each stage learnt from", "What the figures mean"],
        `${done} steps`
      )
      assert.deepStrictEqual(unbalanced(page), [])
      assert.notMatch(page, /NaN|undefined|Infinity|since Base/)
    }
    assert.include(pageOf({ done: 0 }), "No held-out questions were answered (yet).")
  })

  it("does without held-out questions", () => {
    const page = pageOf({ sets: [] })
    assert.include(page, "No held-out questions were answered (yet).")
    assert.notInclude(page, "stage-plot")
    assert.include(charts(page), "grpo-reward")
    assert.deepStrictEqual(unbalanced(page), [])
  })
})

describe("the words for what a stage was to do", () => {
  const told = (plan: StagePlan): string =>
    pageOf({}, planned(plan)).split('<div class="lessons">')[1]?.split("</dl>")[0] ?? ""

  it("say what was sampled, learnt from and trained", () => {
    const grpo = told(stage({ stage: "grpo", rounds: 2, questions: 24, samples: 6, refinement: true, groupSize: 8 }))
    assert.include(
      grpo,
      "2 rounds of 24 questions, 6 trajectories each by the policy of each round at temperature 1, and branches from refined queries"
    )
    assert.include(grpo, "groups of 8 trajectories of a question, by a reward for answer, queries and format")
    assert.include(grpo, "all weights, 1 epoch, 16 rollouts a step, learning rate 1.00e-4")
    assert.include(grpo, "<dt>Left out</dt><dd>nothing</dd>")
  })

  it("say what was left out", () => {
    const sft = told(stage({ stage: "sft", samples: 1, processReward: false }))
    assert.include(sft, "every question, 1 trajectory each by the base policy")
    assert.include(sft, "whatever their queries are")
    assert.include(sft, "<dd>the process reward</dd>")
    const dpo = told(stage({ stage: "dpo", processReward: false, refinement: false, pairing: "samples" }))
    assert.include(dpo, "pairs of the best and the worst sample of a question")
    assert.notInclude(dpo, "branches from refined queries")
    assert.include(dpo, "<dd>the process reward, refinement</dd>")
  })
})

it("a student is told of beside the stages of the policy, and is none of them", () => {
  const page = pageOf({ student: true })
  assert.include(page, "a small judge learns from the configured one, then imitation (SFT)")
  assert.include(page, "640 judgements")
  assert.include(charts(page), "student-token-accuracy")
  assert.notMatch(page, /<text class="stage"[^>]*>Student/)
})
