import { readdirSync, writeFileSync } from "node:fs"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type CurriculumAsked, planCurriculum, settingsOfStep } from "./planCurriculum.ts"
import { lines, type Place, settingsAt, workplace } from "./testing/workplace.ts"

type Changes = Partial<Omit<CurriculumAsked, "settings">> & { readonly set?: ReadonlyArray<string> }

/** Plans the curriculum of the folder; what is not said is right. */
const plan = Effect.fnUntraced(
  function* (at: Place, { set = [], dryRun = false, engine }: Changes = {}) {
    return yield* planCurriculum({ settings: yield* settingsAt(at, set), dryRun, engine })
  },
  Effect.provide(Layer.merge(NodeServices.layer, NodeHttpClient.layerUndici))
)

const policy = { folder: "/trained", sha256: "b".repeat(64) }
const student = { folder: "/student", sha256: "c".repeat(64) }

describe("the plan of a curriculum", () => {
  it.effect("has its steps, and the policy that it begins with, under the name of the run", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const planned = yield* plan(at)
      assert.deepStrictEqual([planned.name, planned.folder], ["demo", at("out", "demo")])
      assert.strictEqual(planned.policy?.folder, at("base"))
      assert.match(planned.policy?.sha256 ?? "", /^[0-9a-f]{64}$/)
      assert.deepStrictEqual(
        planned.steps.flatMap(({ id, kind }) => (kind === "training" ? [id] : [])),
        ["sft-training", "dpo-training", "grpo-1-training", "grpo-2-training"]
      )
      assert.notInclude(readdirSync(at()), "out")
    })
  )

  it.effect("is another one where anything differs that decides what comes of it", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const hashed = (changes: Changes) => Effect.map(plan(at, changes), ({ hash }) => hash)
      const first = yield* hashed({})
      for (const set of [
        ["run.seed=7"],
        ["curriculum.sft.temperature=0.5"],
        ["curriculum.grpo.rounds=3"],
        ["curriculum.dpo.refinement=false"],
        ["curriculum.judge=student"],
        ["curriculum.evaluation=[]"],
        ["training.grpo.learningRate=1e-5"],
        ["datasets.dpo.pairing=paper"],
        ["datasets.rl.groupSize=4"],
        ["scoring.novelty.maxOverlap=2"],
        ["models.policy.folder=other"],
        ["questions.0.path=held-out.jsonl"]
      ]) {
        assert.notStrictEqual(yield* hashed({ set }), first, set[0])
      }
      const taught = "curriculum.judge=student"
      assert.notStrictEqual(
        yield* hashed({ set: [taught, "training.student={epochs: 7}"] }),
        yield* hashed({ set: [taught] })
      )
      writeFileSync(at("corpus.jsonl"), lines(JSON.stringify({ id: "p", contents: '"B"\nb' })))
      assert.notStrictEqual(yield* hashed({}), first)
    })
  )

  it.effect("is the same when only changes that decide nothing are made", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { hash } = yield* plan(at)
      for (const set of [["actors.retrieval.concurrency=1"], ["models.policy.maxBatch=4"], ["training.student={}"]]) {
        assert.strictEqual((yield* plan(at, { set })).hash, hash, set[0])
      }
      assert.strictEqual((yield* plan(at, { engine: "local" })).hash, hash)
    })
  )

  it.effect("goes without a policy here, and without trainings, where it is a dry run", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const set = ["policy.model=served", "training.backbone=Qwen/Qwen2.5-3B-Instruct"]
      const planned = yield* plan(at, { set, dryRun: true })
      assert.isUndefined(planned.policy)
      assert.isFalse(planned.steps.some(({ kind }) => kind === "training"))
    })
  )

  it.effect.each<readonly [what: string, changes: Changes, message: string]>([
    [
      "a policy that a server keeps",
      { set: ["policy.model=served"] },
      "policy.model is no model of this process (kind: local), so what is trained could not take its place; give its folder, or --dry-run for the data and files that an engine elsewhere needs"
    ],
    [
      "an engine elsewhere",
      { set: ["training.dpo.engine=llama-factory"] },
      "the engine llama-factory trains elsewhere; add --dry-run for the data and files that it needs, or take --engine local"
    ],
    [
      "an engine elsewhere for the student",
      { set: ["curriculum.judge=student", "training.student={engine: llama-factory}"] },
      "the engine llama-factory trains elsewhere; add --dry-run for the data and files that it needs, or take --engine local"
    ],
    [
      "unknown layers",
      { set: ["training.sft.lora={target: q_porj}"] },
      'lora.target: there is no linear layer "q_porj" (did you mean "q_proj"?); choose from'
    ],
    ["no base policy", { set: ["models.policy.folder=nowhere"] }, "DIR/nowhere: no such folder"],
    [
      "a base policy that is none",
      { set: ["models.policy.folder=empty"] },
      "DIR/empty is no model: there is no config.json in it"
    ],
    [
      "a file where results are to be",
      { set: ["output.dir=train.jsonl"] },
      "the results can't be written to DIR/train.jsonl/demo (output.dir): DIR/train.jsonl is no folder; choose another one"
    ],
    ["no questions to learn from", { set: ["questions.0.path=nowhere.jsonl"] }, "DIR/nowhere.jsonl: no such file"],
    [
      "no held-out questions",
      { set: ["curriculum.evaluation.0.path=nowhere.jsonl"] },
      "DIR/nowhere.jsonl: no such file"
    ],
    [
      "no corpus of held-out questions",
      { set: ["curriculum.evaluation.0.corpus=nowhere.jsonl"] },
      "DIR/nowhere.jsonl: no such file"
    ],
    [
      "questions that their judge can't judge",
      { set: ["curriculum.evaluation.0.path=unfounded.jsonl"] },
      "DIR/unfounded.jsonl: 1 of 1 questions of held-out name no gold passages (first: 4), which the evidence judge needs"
    ]
  ])("is refused with %s, in one line, and nothing is written", ([, changes, message]) =>
    Effect.gen(function* () {
      const at = yield* workplace
      const before = readdirSync(at(), { recursive: true })
      const refused = (yield* Effect.flip(plan(at, changes))).message.replaceAll(at(), "DIR")
      assert.isTrue(refused.startsWith(message), refused)
      assert.notInclude(refused, "\n")
      assert.deepStrictEqual(readdirSync(at(), { recursive: true }), before)
    })
  )
})

describe("the run of a step", () => {
  it.effect("is performed by the policy that is in force, judged by the student where there is one", () =>
    Effect.gen(function* () {
      const at = yield* workplace
      const { settings, steps } = yield* plan(at, { set: ["curriculum.judge=student"] })
      const told = (id: string, inForce: { readonly student?: typeof student }) => {
        const step = steps.find((candidate) => candidate.id === id)
        if (step === undefined || step.kind === "dataset" || step.kind === "training") throw new Error(`no run ${id}`)
        const { judge, models, run, studentJudge } = settingsOfStep(settings, { step, policy, ...inForce })
        assert(models.policy?.kind === "local")
        assert.deepInclude(models.policy, policy)
        return [run.name, judge.kind, studentJudge?.model]
      }
      assert.deepStrictEqual(told("student-rollout", {}), ["demo-student", "evidence", undefined])
      assert.deepStrictEqual(told("student-agreement", { student }), ["demo-student-agreement", "evidence", "student"])
      assert.deepStrictEqual(told("grpo-2-rollout", { student }), ["demo-grpo-2", "llm", undefined])
      assert.deepStrictEqual(told("grpo-2-rollout", {}), ["demo-grpo-2", "evidence", undefined])
      assert.deepStrictEqual(told("sft-evaluation-held-out", { student }), ["demo-sft-held-out", "evidence", undefined])
    })
  )
})
