import { assert, describe, it } from "@effect/vitest"
import { Duration, Result } from "effect"
import { parseSettings } from "./parse.ts"
import { actorSettings } from "./settings.ts"

const minimal = `
run: { name: demo }
questions: [{ dataset: hotpotqa, path: questions.jsonl }]
retrieval: { retriever: { kind: bm25, corpus: corpus.jsonl } }
`

const parse = (text: string, set: ReadonlyArray<string> = []) =>
  parseSettings({ text, file: "config.yaml", folder: "/project", workingFolder: "/here", set })

const settingsOf = (text: string, set?: ReadonlyArray<string>) => Result.getOrThrow(parse(text, set))

const problemsOf = (text: string, set?: ReadonlyArray<string>): ReadonlyArray<string> =>
  Result.match(parse(text, set), { onFailure: ({ message }) => message.split("\n"), onSuccess: () => [] })

describe("a configuration", () => {
  it("needs a name, questions and a retriever; the rest is the paper's", () => {
    const settings = settingsOf(minimal)
    assert.strictEqual(settings.policy.maxTurns, 10)
    assert.strictEqual(settings.policy.sampling.temperature, 0)
    assert.strictEqual(settings.policy.maxResponseTokens, 8192)
    assert.strictEqual(settings.retrieval.topK, 5)
    assert.deepStrictEqual(settings.scoring, {
      combine: "novelty and usefulness",
      novelty: { maxOverlap: 1 },
      thresholds: {},
      f1: { threshold: 0.8 },
      reward: { penalty: 0.1, floor: 0.7, bonus: 0.1, ceiling: 0.3, format: 0.1 }
    })
    assert.strictEqual(settings.datasets.rl.groupSize, 8)
  })

  it("runs an actor that it does not name with the defaults", () => {
    const settings = settingsOf(`${minimal}actors: { reward-judge: { concurrency: 2 } }`)
    assert.strictEqual(actorSettings(settings, "reward-judge").concurrency, 2)
    assert.strictEqual(actorSettings(settings, "retrieval").concurrency, 64)
    assert.strictEqual(Duration.toMillis(actorSettings(settings, "toString").ackWait), 5000)
  })
})

describe("paths", () => {
  it("start at the folder of the file that writes them", () => {
    const settings = settingsOf(`${minimal}output: { dir: results }\nbroker: { kind: embedded, dataDir: /var/log }`)
    assert.strictEqual(settings.questions[0]?.path, "/project/questions.jsonl")
    assert.strictEqual(settings.output.dir, "/project/results")
    assert(settings.broker.kind === "embedded")
    assert.strictEqual(settings.broker.dataDir, "/var/log")
  })

  it("start at the working folder when they are defaults or come from the command line", () => {
    const settings = settingsOf(minimal, ["questions.0.path=other.jsonl"])
    assert.strictEqual(settings.questions[0]?.path, "/here/other.jsonl")
    assert.strictEqual(settings.output.dir, "/here/out")
  })

  it("of certificates and credentials are resolved too", () => {
    const settings = settingsOf(`${minimal}broker:
  kind: external
  url: "tls://one:4222,tls://two:4222"
  credsFile: user.creds
  tls: { caFile: ca.pem, certFile: c.pem, keyFile: k.pem }
`)
    assert(settings.broker.kind === "external")
    assert.strictEqual(settings.broker.credsFile, "/project/user.creds")
    assert.deepStrictEqual(settings.broker.tls, {
      caFile: "/project/ca.pem",
      certFile: "/project/c.pem",
      keyFile: "/project/k.pem"
    })
  })
})

describe("a wrong configuration", () => {
  it("is told with the place, the key, what was expected and what came", () => {
    assert.deepStrictEqual(problemsOf(`${minimal}scoring:\n  novelty:\n    maxOverlap: one\n`), [
      'config.yaml:7:5: scoring.novelty.maxOverlap: expected a non-negative integer, got "one"'
    ])
  })

  it("names every problem at once, in the order of the file", () => {
    const text = `run: { name: a b }
retreival: {}
questions:
  - { dataset: hotpotqa }
policy: { sampling: { temprature: 0.5, topP: 2 } }
`
    assert.deepStrictEqual(problemsOf(text), [
      'config.yaml:1:1: missing key "retrieval"',
      'config.yaml:1:8: run.name: expected up to 64 letters, digits, - and _, beginning with a letter or digit, got "a b"',
      'config.yaml:2:1: unknown key "retreival" (did you mean "retrieval"?)',
      'config.yaml:4:5: questions.0: missing key "path"',
      'config.yaml:5:23: policy.sampling: unknown key "temprature" (did you mean "temperature"?)',
      "config.yaml:5:40: policy.sampling.topP: expected a number from 0 to 1, got 2"
    ])
  })

  it.each([
    ["run: [a", "config.yaml:1:8: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ["\trun: a", "config.yaml:1:1: Tabs are not allowed as indentation"],
    ["run: 1\nrun: 2", "config.yaml:2:1: Map keys must be unique"],
    ["run: !secret x", "config.yaml:1:6: Unresolved tag: !secret"],
    ["run: *nowhere", "config.yaml: Unresolved alias (the anchor must be set before the alias): nowhere"],
    ["- run", 'config.yaml:1:1: expected object, got ["run"]']
  ])("says where %j is no YAML of ours", (text, problem) => {
    assert.deepStrictEqual(problemsOf(text), [problem])
  })

  it("says what an empty file lacks", () => {
    assert.deepStrictEqual(problemsOf(""), [
      'config.yaml:1:1: missing key "run"',
      'config.yaml:1:1: missing key "questions"',
      'config.yaml:1:1: missing key "retrieval"'
    ])
  })

  it("points at the anchored text that an alias repeats", () => {
    const text = minimal.replace("{ name: demo }", "&run { name: demo }")
    assert.deepStrictEqual(problemsOf(`${text}output: *run`), ['config.yaml:2:13: output: unknown key "name"'])
  })

  it("does not repeat what may be a secret", () => {
    const [problem = "", ...others] = problemsOf(
      `${minimal}models: { a: { kind: chat, url: "http://u:hunter2@host", model: m, apiKeyEnv: sk-hunter2 } }`
    )
    assert.lengthOf(others, 1)
    assert.include(problem, "no user name and no password")
    assert.include(others[0], "name of an environment variable")
    assert.notInclude([problem, ...others].join(), "hunter2")
  })

  it("is told in lines of bearable length", () => {
    const [problem = ""] = problemsOf(`run: { name: ${"x".repeat(5000)} }`).filter((line) => line.includes("run.name"))
    assert.isBelow(problem.length, 300)
  })

  it("has keys that no object inherits", () => {
    assert.deepStrictEqual(problemsOf(`${minimal}__proto__: { a: 1 }`), ['config.yaml:5:1: unknown key "__proto__"'])
  })
})

describe("parts that do not fit together", () => {
  it.each([
    ["policy: { model: heuristik }", 'policy.model: no model "heuristik" in models (did you mean "heuristic"?)'],
    ["judge: { kind: llm, model: judge }", 'judge.model: no model "judge" in models'],
    ["refinement: { refiner: { kind: llm, model: judge } }", 'refinement.refiner.model: no model "judge" in models'],
    [
      "scoring: { combine: novelty and }",
      'scoring.combine: expected a scorer name, "not" or "(", found the end, at character 12 of "novelty and"'
    ],
    [
      "scoring: { combine: usefulness and student }",
      "scoring.combine: it waits for the scores of `student`, but there is no studentJudge"
    ],
    ["studentJudge: { model: pupil }", 'studentJudge.model: no model "pupil" in models'],
    [
      "scoring: { thresholds: { usefullness: 0.5 } }",
      'scoring.thresholds.usefullness: scoring.combine names no such scorer (did you mean "usefulness"?)'
    ],
    [
      "broker: { kind: external, url: 'nats://h:4222', tokenEnv: T, credsFile: f }",
      "broker.credsFile: only one of tokenEnv, credsFile can be given"
    ],
    ["broker: { kind: external, url: 'nats://h:4222', user: me }", "broker: user and passwordEnv go together"],
    [
      "broker: { kind: external, url: 'nats://h:4222', tls: { keyFile: k } }",
      "broker.tls: certFile and keyFile go together"
    ]
  ])("are told: %s", (addition, problem) => {
    const [told = "", ...others] = problemsOf(minimal + addition)
    assert.match(told, /^config\.yaml:5:\d+: /)
    assert.strictEqual(told.replace(/^\S+ /, ""), problem)
    assert.deepStrictEqual(others, [])
  })

  it("include two sources of one name", () => {
    const text = minimal.replace("]", ", { dataset: hotpotqa, path: b.jsonl }]")
    assert.deepStrictEqual(problemsOf(text), [
      'config.yaml:3:61: questions.1.dataset: "hotpotqa" is taken: each source needs a name of its own'
    ])
  })
})

describe("--set", () => {
  it("changes any value, in lists and in mappings that the file does not have", () => {
    const settings = settingsOf(minimal, [
      "run.samples=4",
      "questions.0.limit=7",
      "questions.1={dataset: musique, path: /m.jsonl}",
      "scoring.thresholds.novelty=0.5",
      'models."qwen2.5"={kind: heuristic}',
      "policy.model=qwen2.5"
    ])
    assert.strictEqual(settings.run.samples, 4)
    assert.deepStrictEqual(
      settings.questions.map(({ dataset, limit }) => [dataset, limit]),
      [
        ["hotpotqa", 7],
        ["musique", undefined]
      ]
    )
    assert.deepStrictEqual(settings.scoring.thresholds, { novelty: 0.5 })
    assert.strictEqual(settings.policy.model, "qwen2.5")
  })

  it("keeps the last of two values", () => {
    assert.strictEqual(settingsOf(minimal, ["run.seed=1", "run.seed=2"]).run.seed, 2)
  })

  it("is checked like the file, and named as the place", () => {
    assert.deepStrictEqual(problemsOf(minimal, ["retrieval.topK=none", "polcy.model=a", "broker.kind=cloud"]), [
      '--set: unknown key "polcy" (did you mean "policy"?)',
      '--set: retrieval.topK: expected a positive integer, got "none"',
      '--set: broker: expected a broker of kind "embedded" or "external", got {"kind":"cloud"}'
    ])
  })

  it("repairs what the file has wrong", () => {
    assert.deepStrictEqual(problemsOf(minimal.replace("demo", "a b"), ["run.name=ab"]), [])
  })

  it.each([
    ["run.name", '--set: expected key.key=value, got "run.name"'],
    [".name=x", '--set: expected key.key=value, got ".name=x"'],
    ["run.name=[a", "--set: run.name: the value is not YAML: Flow sequence must end with a ]"]
  ])("refuses %j", (set, problem) => {
    assert.deepStrictEqual(problemsOf(minimal, [set]), [problem])
  })

  it("never reaches the prototype of an object", () => {
    assert.deepStrictEqual(problemsOf(minimal, ["__proto__.polluted=1"]), ['--set: unknown key "__proto__"'])
    assert.notProperty({}, "polluted")
  })
})
