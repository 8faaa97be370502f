import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ObjectiveKind } from "../../../actors/trainer/examples.ts"
import type { ScoringSettings } from "../../../events/shapes.ts"
import type { DatasetKind, DatasetRow } from "../../../projections/datasets/dataset.ts"
import { dpo } from "../../../projections/datasets/dpo.ts"
import { rl } from "../../../projections/datasets/rl.ts"
import type { DemonstrationRow, GroupRow, PreferenceRow } from "../../../projections/datasets/rows.ts"
import { sft } from "../../../projections/datasets/sft.ts"
import { encode } from "../../../projections/formats/format.ts"
import { built } from "../../../projections/testing/build.ts"
import { eventsOf } from "../../../projections/testing/story.ts"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { loadExamples } from "./loadExamples.ts"

const events = eventsOf({
  questions: [{ id: "q", trajectories: [{}, { answer: "silver", rounds: [{ usefulness: 0 }], branches: [{ at: 1 }] }] }]
})

/** Writes the rows of a dataset in a format, with what LLaMA-Factory is told, and loads them again. */
const throughFile = Effect.fnUntraced(function* <State, Config extends ScoringSettings, Row extends DatasetRow>(
  kind: DatasetKind<State, Config, Row>,
  name: string,
  objective: ObjectiveKind
) {
  const { rows, dataset } = built(kind, events, [], [name])
  const [chosen] = dataset.formats
  assert(chosen !== undefined)
  const folder = yield* temporaryFolder
  const file = join(folder, chosen.format.file)
  writeFileSync(file, [...encode(chosen.format, rows)].join(""))
  writeFileSync(join(folder, "dataset_info.json"), JSON.stringify(chosen.format.datasetInfo ?? {}))
  return { rows, loaded: yield* loadExamples(objective, file) }
})

const textFormats = ["alpaca", "sharegpt", "messages", "trl", "jsonl"]

/** Ids are told by jsonl alone. */
const idIn = (format: string, id: string) => (format === "jsonl" ? id : "row-1")

const load = (objective: ObjectiveKind, name: string, text: string) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    if (name !== "none.jsonl") writeFileSync(join(folder, name), text)
    return yield* loadExamples(objective, join(folder, name)).pipe(
      Effect.mapError(({ message }) => message.replaceAll(folder, "DIR"))
    )
  }).pipe(Effect.provide(NodeServices.layer))

const row = { system: "s", user: "u", text: "a<result>b</result>c", loss: [[0, 1]] }

describe("examples", () => {
  it.effect.each(textFormats)("of a built sft dataset are the same through %s", (format) =>
    Effect.gen(function* () {
      const { rows, loaded } = yield* throughFile(sft, format, "sft")
      const expected = rows.map(({ id, prompt, target }: DemonstrationRow) => ({
        id: idIn(format, id),
        ...prompt,
        text: target.text,
        loss: target.loss
      }))
      assert.isNotEmpty(expected)
      assert.deepEqual(loaded, { format, examples: expected })
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect.each(textFormats)("of a built dpo dataset are the same through %s", (format) =>
    Effect.gen(function* () {
      const { rows, loaded } = yield* throughFile(dpo, format, "dpo")
      const expected = rows.map(({ id, prompt, chosen, rejected }: PreferenceRow) => ({
        id: idIn(format, id),
        ...prompt,
        chosen,
        rejected
      }))
      assert.isNotEmpty(expected)
      assert.deepEqual(loaded, { format, examples: expected })
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("of a built rl dataset keep rewards, advantages and what the server told about tokens", () =>
    Effect.gen(function* () {
      const { rows, loaded } = yield* throughFile(rl, "jsonl", "grpo")
      const expected = rows.map(({ id, prompt, rollouts }: GroupRow) => ({
        id,
        ...prompt,
        rollouts: rollouts.map(({ text, loss, reward, advantage, turns }) => ({
          text,
          loss,
          reward,
          advantage,
          turns: turns.map(({ start, end, tokenIds, logProbs }) => ({
            start,
            end,
            ...(tokenIds === undefined ? {} : { tokenIds }),
            ...(logProbs === undefined ? {} : { logProbs })
          }))
        }))
      }))
      assert.isNotEmpty(expected)
      assert.deepEqual(loaded, { format: "jsonl", examples: expected })
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("in somebody else's alpaca file are asked by instruction and input", () =>
    Effect.gen(function* () {
      const rows = [{ instruction: "Translate.", input: "chat", output: "cat", system: "Be short." }]
      const { examples } = yield* load("sft", "data.json", JSON.stringify(rows))
      const loss = [{ start: 0, end: 3 }]
      assert.deepEqual(examples, [{ id: "row-1", system: "Be short.", user: "Translate.\nchat", text: "cat", loss }])
    })
  )

  it.effect.each([
    ["no file", "sft", "none.jsonl", "", "DIR/none.jsonl: no such file"],
    ["an empty file", "sft", "x.jsonl", "\n\n", "DIR/x.jsonl: there are no demonstrations in it"],
    ["an empty list", "dpo", "x.json", "[]", "DIR/x.json: there are no preferences in it"],
    [
      "another kind",
      "dpo",
      "x.jsonl",
      JSON.stringify(row),
      "DIR/x.jsonl:1: demonstrations, which `train sft` learns from; `train dpo` needs preferences"
    ],
    [
      "another kind still",
      "sft",
      "x.json",
      '[{"instruction": "u", "chosen": "a", "rejected": "b"}]',
      "DIR/x.json:1: preferences, which `train dpo` learns from; `train sft` needs demonstrations"
    ],
    [
      "unknown keys",
      "sft",
      "x.jsonl",
      '{"q": "u", "a": "b"}',
      "DIR/x.jsonl:1: no demonstrations in any known format (jsonl, messages, trl, sharegpt, alpaca): its keys are q, a"
    ],
    [
      "broken JSON",
      "sft",
      "x.jsonl",
      `${JSON.stringify(row)}\n{"user": `,
      "DIR/x.jsonl:2: no JSON: Unexpected end of JSON input"
    ],
    [
      "broken JSON in a list",
      "sft",
      "x.json",
      '[\n{"a": 1},\n{"b" 2}]',
      "DIR/x.json:3: no JSON: Expected ':' after property name in JSON at position 17 (line 3 column 6)"
    ],
    ["no rows", "sft", "x.json", '{"instruction": "u"}', "DIR/x.json:1: expected a list of rows"],
    [
      "a row of no use",
      "sft",
      "x.json",
      '[\n{"instruction": "u", "output": "a"},\n7]',
      "DIR/x.json:3: expected an object"
    ],
    [
      "a row of another format",
      "sft",
      "x.jsonl",
      `${JSON.stringify(row)}\n{"messages": []}`,
      "DIR/x.jsonl:2: expected a row of the format jsonl, as the rows before it"
    ],
    [
      "an answer without text",
      "sft",
      "x.json",
      '[\n{"instruction": "u", "output": "a"},\n{"instruction": "u", "output": ""}]',
      'DIR/x.json:3: expected "output" to be a non-empty text'
    ],
    [
      "spans outside",
      "sft",
      "x.jsonl",
      JSON.stringify({ ...row, loss: [[0, 99]] }),
      "DIR/x.jsonl:1: expected spans of `loss` in order, apart, and inside `text`"
    ],
    [
      "spans that overlap",
      "sft",
      "x.jsonl",
      JSON.stringify({
        ...row,
        loss: [
          [0, 5],
          [3, 6]
        ]
      }),
      "DIR/x.jsonl:1: expected spans of `loss` in order, apart, and inside `text`"
    ],
    [
      "a chat of several rounds",
      "sft",
      "x.jsonl",
      JSON.stringify({ messages: [{ role: "user", content: "u" }] }),
      "DIR/x.jsonl:1: messages: expected a user and an assistant message, with or without a system message before them; longer chats and empty messages can't be learnt from"
    ],
    [
      "an id twice",
      "sft",
      "x.jsonl",
      `${JSON.stringify({ id: "a", ...row })}\n\n${JSON.stringify({ id: "a", ...row })}`,
      'DIR/x.jsonl:3: id "a" is taken by example 1'
    ],
    [
      "no rewards",
      "grpo",
      "x.jsonl",
      JSON.stringify({ user: "u", system: "", rollouts: [{ text: "a", loss: [], turns: [] }] }),
      'DIR/x.jsonl:1: rollouts.0: missing key "reward"'
    ]
  ] satisfies ReadonlyArray<readonly [string, ObjectiveKind, string, string, string]>)(
    "are told with file and line when there is %s",
    ([, objective, name, text, message]) =>
      Effect.gen(function* () {
        const failed = yield* Effect.flip(load(objective, name, text))
        assert.isTrue(failed.startsWith(message), failed)
      })
  )
})
