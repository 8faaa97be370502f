import type { Item, Sequence } from "../../../actors/trainer/batching/sequence.ts"
import type {
  Answer,
  Demonstration,
  GeneratedTurn,
  Preference,
  RolloutGroup
} from "../../../actors/trainer/examples.ts"
import { chatml, renderPrompt } from "../../models/chatTemplate.ts"
import type { Tokenizer } from "../../models/qwen2/tokenizer.ts"

/** What a micro-batch keeps together: a demonstration, the two answers of a pair, or the rollouts of a group. */
export interface LearningItem {
  readonly sequences: Item
  /** Of each sequence, where rollouts are compared with each other; else empty. */
  readonly advantages: ReadonlyArray<number>
  readonly rewards: ReadonlyArray<number>
}

type Example = Demonstration | Preference | RolloutGroup

/**
 * Tokens of examples, ready to be divided into batches. A rollout of which nothing is learnt, for the policy wrote nothing, is left out.
 *
 * @throws {UnsuitableTokenizer} When the tokenizer can't encode a text piece by piece.
 */
export const learningItems = (tokenizer: Tokenizer, examples: ReadonlyArray<Example>): ReadonlyArray<LearningItem> => {
  const sequence = sequencer(tokenizer)
  return examples.map((example) => {
    if ("rollouts" in example) {
      const written = example.rollouts.filter(({ loss }) => loss.some(({ end, start }) => end > start))
      return {
        sequences: written.map((rollout) => sequence(example, rollout, "open")),
        advantages: written.map(({ advantage }) => advantage),
        rewards: written.map(({ reward }) => reward)
      }
    }
    const answers = "chosen" in example ? [example.chosen, example.rejected] : [example]
    return { sequences: answers.map((answer) => sequence(example, answer, "closed")), advantages: [], rewards: [] }
  })
}

/** Thrown when a model's tokenizer cannot encode a text piece by piece. */
export class UnsuitableTokenizer extends Error {
  constructor() {
    super("the tokenizer adds tokens around every text; training needs one that encodes texts as they are")
    this.name = "UnsuitableTokenizer"
  }
}

type Asked = Pick<Demonstration, "system" | "user">

/**
 * Encodes a prompt with an answer, cut where what is learnt begins and ends, so that no token belongs to both sides: there a
 * generation began or stopped. What the policy's server told about its tokens is taken as it is if it spells the text.
 *
 * A `closed` answer that is learnt to its end is followed by the token that ends a turn.
 */
const sequencer = (tokenizer: Tokenizer) => {
  if (tokenizer.encode("").length > 0) throw new UnsuitableTokenizer()
  const endOfTurn = tokenizer.tokenId(chatml.turnEnd) ?? tokenizer.endOfText[0]
  return (
    asked: Asked,
    answer: Answer & { readonly turns?: ReadonlyArray<GeneratedTurn> },
    end: "open" | "closed"
  ): Sequence => {
    const ids = [...tokenizer.encode(promptOf(tokenizer, asked))]
    const mask = ids.map(() => 0)
    for (const piece of piecesOf(answer)) {
      const text = answer.text.slice(piece.start, piece.end)
      const told = answer.turns?.find(({ start, end }) => start === piece.start && end === piece.end)?.tokenIds
      const tokens = told !== undefined && tokenizer.decode(told) === text ? told : tokenizer.encode(text)
      for (const token of tokens) {
        ids.push(token)
        mask.push(piece.learnt ? 1 : 0)
      }
    }
    if (end === "closed" && endOfTurn !== undefined && answer.loss.at(-1)?.end === answer.text.length) {
      ids.push(endOfTurn)
      mask.push(1)
    }
    return { ids, mask }
  }
}

/** The text that a policy is prompted with: by its own chat template, or as the Qwen family writes chats. */
const promptOf = (tokenizer: Tokenizer, { system, user }: Asked): string => {
  if (tokenizer.renderChat === undefined) {
    return renderPrompt({ system, user, assistant: "" }, { template: chatml, thinking: "default" })
  }
  const messages = [{ role: "user", content: user }]
  return tokenizer.renderChat(system === "" ? messages : [{ role: "system", content: system }, ...messages])
}

/** The answer's text divided at the ends of what counts for the loss. */
const piecesOf = ({ loss, text }: Answer) => {
  const pieces: Array<{ readonly start: number; readonly end: number; readonly learnt: boolean }> = []
  let at = 0
  for (const { end, start } of loss) {
    if (start > at) pieces.push({ start: at, end: start, learnt: false })
    if (end > start) pieces.push({ start, end, learnt: true })
    at = end
  }
  if (at < text.length) pieces.push({ start: at, end: text.length, learnt: false })
  return pieces
}
