import { Result, Schema } from "effect"
import type { Demonstration, ExampleByObjective, Preference, RolloutGroup } from "../../../actors/trainer/examples.ts"
import { alpacaReader, type Columns } from "./alpaca.ts"
import { AnswerMessages, ChatMessages, contentsOf, PromptMessages } from "./chat.ts"
import { answerOf, answerWith, maskedAnswer, type Row, type RowFormat, rowFormat } from "./rowFormat.ts"

/** The file formats that trainings learn from: those that `datasets build` writes, and files of others in the same formats. */

const asked = { id: Schema.optionalKey(Schema.NonEmptyString), system: Schema.String, user: Schema.NonEmptyString }

const has = (row: Row, ...keys: ReadonlyArray<string>): boolean => keys.every((key) => Object.hasOwn(row, key))

const turnOf = (from: string) => Schema.Struct({ from: Schema.Literal(from), value: Schema.NonEmptyString })
const humanTurn = Schema.Tuple([turnOf("human")])
const systemKey = Schema.optionalKey(Schema.String)

const demonstrations = (columns: Columns | undefined): ReadonlyArray<RowFormat<Demonstration>> => {
  const alpaca = alpacaReader(columns)
  return [
    rowFormat(
      "jsonl",
      (row) => has(row, "user", "text"),
      answerWith(asked),
      ({ text, loss, ...prompt }) => ({ ...prompt, ...answerOf({ text, loss }) })
    ),
    rowFormat(
      "messages",
      (row) => has(row, "messages"),
      Schema.Struct({ messages: ChatMessages }),
      ({ messages }) => {
        const { system, user, answer } = contentsOf(messages)
        return { system, user, ...maskedAnswer(answer) }
      }
    ),
    rowFormat(
      "trl",
      (row) => has(row, "prompt", "completion"),
      Schema.Struct({ prompt: PromptMessages, completion: AnswerMessages }),
      ({ prompt, completion }) => {
        const { system, user } = contentsOf(prompt)
        return { system, user, ...maskedAnswer(contentsOf(completion).answer) }
      }
    ),
    rowFormat(
      "sharegpt",
      (row) => has(row, "conversations") && !has(row, "chosen"),
      Schema.Struct({ system: systemKey, conversations: Schema.Tuple([turnOf("human"), turnOf("gpt")]) }),
      ({ system = "", conversations: [human, gpt] }) => ({ system, user: human.value, ...maskedAnswer(gpt.value) })
    ),
    {
      name: "alpaca",
      fits: (row) => has(row, alpaca.keyOf("response")),
      read: (row) =>
        Result.map(alpaca.text(row, "response"), (text) => ({ ...alpaca.asked(row), ...maskedAnswer(text) }))
    }
  ]
}

type Messages = Parameters<typeof contentsOf>[0]

/** A preference between the answers of two chats. */
const preferenceOf = (prompt: Messages, chosen: Messages, rejected: Messages) => {
  const { system, user } = contentsOf(prompt)
  return {
    system,
    user,
    chosen: maskedAnswer(contentsOf(chosen).answer),
    rejected: maskedAnswer(contentsOf(rejected).answer)
  }
}

const preferences = (columns: Columns | undefined): ReadonlyArray<RowFormat<Preference>> => {
  const alpaca = alpacaReader(columns)
  return [
    rowFormat(
      "jsonl",
      (row) => has(row, "user", "chosen", "rejected"),
      Schema.Struct({ ...asked, chosen: answerWith({}), rejected: answerWith({}) }),
      ({ chosen, rejected, ...prompt }) => ({ ...prompt, chosen: answerOf(chosen), rejected: answerOf(rejected) })
    ),
    rowFormat(
      "messages",
      (row) => has(row, "preferred_output"),
      Schema.Struct({
        input: Schema.Struct({ messages: PromptMessages }),
        preferred_output: AnswerMessages,
        non_preferred_output: AnswerMessages
      }),
      ({ input, preferred_output, non_preferred_output }) =>
        preferenceOf(input.messages, preferred_output, non_preferred_output)
    ),
    rowFormat(
      "trl",
      (row) => has(row, "prompt", "chosen", "rejected"),
      Schema.Struct({ prompt: PromptMessages, chosen: AnswerMessages, rejected: AnswerMessages }),
      ({ prompt, chosen, rejected }) => preferenceOf(prompt, chosen, rejected)
    ),
    rowFormat(
      "sharegpt",
      (row) => has(row, "conversations", "chosen", "rejected"),
      Schema.Struct({ system: systemKey, conversations: humanTurn, chosen: turnOf("gpt"), rejected: turnOf("gpt") }),
      ({ system = "", conversations: [human], chosen, rejected }) => ({
        system,
        user: human.value,
        chosen: maskedAnswer(chosen.value),
        rejected: maskedAnswer(rejected.value)
      })
    ),
    {
      name: "alpaca",
      fits: (row) => has(row, alpaca.keyOf("chosen"), alpaca.keyOf("rejected")),
      read: (row) =>
        Result.gen(function* () {
          const chosen = maskedAnswer(yield* alpaca.text(row, "chosen"))
          const rejected = maskedAnswer(yield* alpaca.text(row, "rejected"))
          return { ...alpaca.asked(row), chosen, rejected }
        })
    }
  ]
}

const GeneratedTurn = Schema.Struct({
  start: Schema.Natural,
  end: Schema.Natural,
  tokenIds: Schema.optionalKey(Schema.Array(Schema.Natural)),
  logProbs: Schema.optionalKey(Schema.Array(Schema.Finite))
}).check(
  Schema.makeFilter(
    ({ tokenIds, logProbs }) => tokenIds === undefined || logProbs === undefined || tokenIds.length === logProbs.length,
    { expected: "as many `logProbs` as `tokenIds`" }
  )
)

const rolloutGroups: ReadonlyArray<RowFormat<RolloutGroup>> = [
  rowFormat(
    "jsonl",
    (row) => has(row, "rollouts"),
    Schema.Struct({
      ...asked,
      rollouts: Schema.Array(
        answerWith({
          reward: Schema.Finite,
          advantage: Schema.Finite,
          turns: Schema.Array(GeneratedTurn)
        })
      ).check(Schema.isMinLength(1, { expected: "at least one rollout" }))
    }),
    ({ rollouts, ...prompt }) => ({
      ...prompt,
      rollouts: rollouts.map(({ text, loss, reward, advantage, turns }) => ({
        ...answerOf({ text, loss }),
        reward,
        advantage,
        turns
      }))
    })
  )
]

type Formats = { readonly [K in keyof ExampleByObjective]: ReadonlyArray<RowFormat<ExampleByObjective[K]>> }

/** The formats of each objective; `columns` is what `dataset_info.json` says about an alpaca file. */
export const formatsOf = (columns: Columns | undefined): Formats => ({
  sft: demonstrations(columns),
  dpo: preferences(columns),
  grpo: rolloutGroups
})
