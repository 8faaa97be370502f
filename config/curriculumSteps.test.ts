import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { evaluate, parseCombination, type Verdict } from "../method/combination.ts"
import { agreementSettings, evaluationSettings, judgedByStudent, rolloutSettings, roundsOf } from "./curriculumSteps.ts"
import { parseSettings } from "./parse.ts"

const text = `
run: { name: demo, seed: 5, samples: 9 }
questions:
  - { dataset: one, path: one.jsonl, limit: 3 }
  - { dataset: two, path: two.jsonl }
retrieval: { topK: 3, retriever: { kind: bm25, corpus: own.jsonl } }
models:
  policy: { kind: local, folder: base, logProbs: true, maxBatch: 8 }
policy: { model: policy, sampling: { temperature: 0.3, maxNewTokens: 64 } }
scoring: { combine: novelty and usefulness and style, thresholds: { style: 0.5 } }
refinement: { maxDepth: 2, maxBranches: 3 }
datasets: { dpo: { pairing: paper } }
curriculum:
  student: { questions: 4, temperature: 0.9 }
  sft: { questions: 11, samples: 4, temperature: 0.7, topP: 0.95 }
  dpo: { samples: 2 }
  grpo: { rounds: 3, questions: 2, samples: 8 }
  evaluation:
    - { dataset: held-out, path: held-out.jsonl, limit: 7 }
    - { dataset: elsewhere, path: elsewhere.jsonl, corpus: other.jsonl }
`

const settingsWith = (...set: ReadonlyArray<string>) =>
  Result.getOrThrow(parseSettings({ text, file: "c.yaml", folder: "/project", workingFolder: "/project", set }))
const settings = settingsWith()
const student = { folder: "/out/student", sha256: "a".repeat(64) }

/** What a rule makes of the opinions of its scorers. */
const quality = (combine: string, opinion: (scorer: string) => Verdict): Verdict => {
  const parsed = parseCombination(combine)
  if (!parsed.ok) throw new Error(parsed.message)
  return evaluate(parsed.combination, opinion)
}

const sampled = (stage: Parameters<typeof rolloutSettings>[1], ...set: ReadonlyArray<string>) =>
  rolloutSettings(settingsWith(...set), stage, 1, "demo-run")

describe("what a stage samples", () => {
  it("is drawn with its samples and temperature, and is else what the configuration says", () => {
    const { models, policy, questions, retrieval, run, scoring } = sampled("sft")
    assert.deepInclude(run, { name: "demo-run", samples: 4 })
    assert.deepStrictEqual(policy.sampling, { temperature: 0.7, topP: 0.95, maxNewTokens: 64 })
    assert.deepStrictEqual([models, retrieval, scoring], [settings.models, settings.retrieval, settings.scoring])
    assert.deepStrictEqual(
      questions.map(({ dataset, path }) => [dataset, path]),
      settings.questions.map(({ dataset, path }) => [dataset, path])
    )
  })

  it("asks as many questions as it is told to, drawn evenly from all sources, else all that are configured", () => {
    const asked = (stage: "student" | "sft" | "dpo" | "grpo") =>
      sampled(stage).questions.map(({ limit, shuffle }) => [limit, shuffle])
    assert.deepStrictEqual(asked("sft"), [
      [6, true],
      [6, true]
    ])
    assert.deepStrictEqual(asked("grpo"), [
      [1, true],
      [1, true]
    ])
    assert.deepStrictEqual(asked("student"), [
      [2, true],
      [2, true]
    ])
    assert.deepStrictEqual(asked("dpo"), [
      [3, false],
      [undefined, false]
    ])
  })

  it("is drawn with other seeds in every stage and round, sample by sample, and with others for another run seed", () => {
    const rounds = [
      ["student", 1],
      ["sft", 1],
      ["dpo", 1],
      ["grpo", 1],
      ["grpo", 2],
      ["grpo", 1000]
    ] as const
    const seeds = (of: typeof settings) =>
      rounds.map(([stage, round]) => rolloutSettings(of, stage, round, "r").run.seed)
    const ordered = seeds(settings).toSorted((left, right) => left - right)
    for (const [place, seed] of ordered.slice(1).entries()) assert.isAbove(seed - (ordered[place] ?? 0), 1000)
    assert.deepStrictEqual(
      seeds(settingsWith("run.seed=6")),
      seeds(settings).map((seed) => seed + 1)
    )
  })

  it("has rounds in the last stage alone", () => {
    assert.deepStrictEqual(
      (["sft", "dpo", "grpo"] as const).map((stage) => roundsOf(settings, stage)),
      [1, 1, 3]
    )
  })
})

describe("imitation", () => {
  it("refines nothing, and keeps trajectories by their queries unless these do not count", () => {
    const { datasets, refinement } = sampled("sft")
    assert.deepStrictEqual([refinement.enabled, datasets.sft.highQualityOnly], [false, true])
    assert.isFalse(sampled("sft", "curriculum.sft.processReward=false").datasets.sft.highQualityOnly)
    assert.isFalse(sampled("sft", "datasets.sft.highQualityOnly=false").datasets.sft.highQualityOnly)
  })
})

describe("alignment", () => {
  const rules = (...set: ReadonlyArray<string>) => {
    const { datasets, refinement, scoring } = sampled("dpo", ...set)
    return [datasets.dpo.pairing, refinement.enabled, scoring.combine]
  }
  const { combine } = settings.scoring

  it("pairs a trajectory with its branches as configured, or samples with each other where nothing is refined", () => {
    assert.deepStrictEqual(rules(), ["paper", true, combine])
    assert.deepStrictEqual(rules("datasets.dpo.pairing=reference"), ["reference", true, combine])
    assert.deepStrictEqual(rules("curriculum.dpo.refinement=false"), ["samples", false, combine])
  })

  it("takes every query for a low-quality one where queries don't count, and pairs by outcome", () => {
    const [pairing, enabled, combined] = rules("curriculum.dpo.processReward=false")
    assert.deepStrictEqual([pairing, enabled], ["reference", true])
    for (const verdict of ["high", "low"] as const) {
      assert.strictEqual(
        quality(String(combined), () => verdict),
        "low"
      )
    }
    assert.deepStrictEqual(rules("curriculum.dpo.processReward=false", "curriculum.dpo.refinement=false").slice(0, 2), [
      "samples",
      false
    ])
  })
})

describe("generalization", () => {
  it("rewards queries, or nothing but answer and format where these don't count", () => {
    assert.deepStrictEqual(sampled("grpo").scoring, settings.scoring)
    const { reward, ...scoring } = sampled("grpo", "curriculum.grpo.processReward=false").scoring
    const { reward: own, ...others } = settings.scoring
    assert.deepStrictEqual(reward, { penalty: 0, floor: 1, bonus: 0, ceiling: 0, format: own.format })
    assert.deepStrictEqual(scoring, others)
  })

  it("compares samples with their branches, or samples alone", () => {
    assert.deepStrictEqual(sampled("grpo").refinement, settings.refinement)
    assert.isFalse(sampled("grpo", "curriculum.grpo.refinement=false").refinement.enabled)
  })
})

describe("what the student learns from", () => {
  it("is judged and refined by its teachers, and written as it will be asked", () => {
    const { datasets, judge, refinement } = sampled("student")
    assert.deepStrictEqual([judge, refinement], [settings.judge, settings.refinement])
    assert.deepInclude(datasets.student, { prompt: "brief", formats: ["jsonl"], task: "both" })
  })
})

describe("an evaluation", () => {
  it("asks one set of held-out questions once, greedily, and refines nothing", () => {
    const { policy, questions, refinement, retrieval, run } = evaluationSettings(settings, "held-out", "demo-base")
    assert.deepStrictEqual(questions, [
      { dataset: "held-out", path: "/project/held-out.jsonl", limit: 7, shuffle: false }
    ])
    assert.deepStrictEqual(run, { name: "demo-base", samples: 1, seed: 5 })
    assert.deepInclude(policy.sampling, { temperature: 0, topP: 1 })
    assert.isFalse(refinement.enabled)
    assert.deepStrictEqual(retrieval, settings.retrieval)
  })

  it("searches the corpus of its set, with the run's own retriever", () => {
    const { retrieval, questions } = evaluationSettings(settings, "elsewhere", "demo-base")
    assert.deepStrictEqual(retrieval.retriever, { kind: "bm25", corpus: "/project/other.jsonl", k1: 0.9, b: 0.4 })
    assert.notProperty(questions[0], "corpus")
    const server = "retrieval.retriever={kind: server, url: 'http://localhost:1'}"
    const served = settingsWith(server)
    assert.deepStrictEqual(
      evaluationSettings(served, "elsewhere", "demo-base").retrieval.retriever,
      served.retrieval.retriever
    )
  })
})

describe("a student judge", () => {
  it("judges and refines in place of its teachers, as a model like the policy from a folder of its own", () => {
    const judged = judgedByStudent(sampled("grpo"), student)
    const { policy, student: model } = judged.models
    assert.deepStrictEqual(policy, settings.models.policy)
    assert.deepStrictEqual<unknown>(model, { ...policy, ...student, logProbs: false })
    for (const task of [judged.judge, judged.refinement.refiner]) {
      assert.deepInclude(task, { kind: "llm", model: "student", prompt: "brief", attempts: 1 })
    }
    assert.deepInclude(judged.refinement, { enabled: true, maxDepth: 2, maxBranches: 3 })
    assert.deepStrictEqual(judged.scoring, settings.scoring)
  })

  it("is compared with its teacher where both judge the same queries, and decides nothing there", () => {
    const compared = agreementSettings(settings, student, "demo-agreement")
    assert.deepStrictEqual(compared.judge, settings.judge)
    assert.deepInclude(compared.studentJudge, { model: "student", prompt: "brief" })
    assert.strictEqual(compared.questions[0]?.dataset, "held-out")
    assert.deepStrictEqual(compared.run, { name: "demo-agreement", samples: 1, seed: 5 })
    assert.deepInclude(compared.policy.sampling, { temperature: 0.9, topP: 0.99 })
    assert.isFalse(compared.refinement.enabled)
    const together = (own: Verdict, taught: Verdict) =>
      quality(compared.scoring.combine, (scorer) => (scorer === "student" ? own : taught))
    for (const taught of ["high", "low"] as const) {
      assert.deepStrictEqual([together("high", taught), together("low", taught)], [taught, taught])
    }
    assert.strictEqual(together("unscored", "high"), "unscored")
  })
})
