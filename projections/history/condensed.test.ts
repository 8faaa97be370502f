import { describe, expect, it } from "@effect/vitest"
import { randomEvents, seeds } from "../testing/random.ts"
import { type CondensedQuestion, condense, expander, type LongTexts, type TextReader } from "./condensed.ts"
import { foldHistory } from "./fold.ts"
import { emptyHistory, type History, type Trajectory } from "./history.ts"

const trajectoriesIn = (history: History): ReadonlyArray<Trajectory> =>
  [...history.questions.values()].flatMap(({ trajectories }) => [...trajectories.values()])

/** What is left of a history on the way through JSON, and the texts that were left out. */
const condensed = (history: History) => {
  const texts = new Map(
    trajectoriesIn(history).map(({ eventId, transcript, turns }) => [eventId, { transcript, turns }])
  )
  const { commons, questions } = condense(history, ({ eventId }) => eventId)
  const stored: { commons: typeof commons; questions: ReadonlyArray<CondensedQuestion<string>> } = JSON.parse(
    JSON.stringify({ commons, questions })
  )
  const readings: Array<string> = []
  const textsOf = (eventId: string): LongTexts => texts.get(eventId) ?? { transcript: "", turns: [] }
  const read: TextReader<string> = {
    transcript: (eventId) => {
      readings.push(eventId)
      return textsOf(eventId).transcript
    },
    turns: (eventId) => textsOf(eventId).turns
  }
  return { stored, read, readings, bytes: JSON.stringify(questions).length }
}

describe("a condensed history", () => {
  it.prop("expands to the history that it was", { seed: seeds }, ({ seed }) => {
    const history = foldHistory(emptyHistory(), randomEvents(seed))
    const { read, stored } = condensed(history)
    expect(expander(stored.commons, read)(stored.questions)).toStrictEqual(history)
  })

  it("leaves the long texts out, and reads them once, when somebody looks", () => {
    const history = foldHistory(emptyHistory(), randomEvents(7))
    const { read, readings, stored } = condensed(history)
    const [first] = trajectoriesIn(history)
    expect(JSON.stringify(stored)).not.toContain(JSON.stringify(first?.transcript))
    const [again] = trajectoriesIn(expander(stored.commons, read)(stored.questions))
    expect(again?.form).toEqual(first?.form)
    expect(readings).toEqual([])
    for (const _ of [1, 2]) {
      expect([again?.transcript, again?.turns]).toEqual([first?.transcript, first?.turns])
    }
    expect(readings).toEqual([first?.eventId])
  })

  it("gives its texts to whoever copies a trajectory", () => {
    const history = foldHistory(emptyHistory(), randomEvents(7))
    const { read, stored } = condensed(history)
    expect(structuredClone(trajectoriesIn(expander(stored.commons, read)(stored.questions)))).toEqual(
      trajectoriesIn(history)
    )
  })
})
