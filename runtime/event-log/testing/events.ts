import { makeEvent } from "../../../events/codec.ts"
import type { EventOf, NewEvent } from "../../../events/envelope.ts"

const trajectoryId = "t0123456789abcdef"

/** What a scorer says about the `ordinal`-th query; about 1.1 KB once it is an event. */
export const newQueryScored = (
  ordinal: number,
  explanation = "The passage names the film but not its director, so the query leads no closer. ".repeat(6)
): Extract<NewEvent, { readonly type: "QueryScored" }> => ({
  type: "QueryScored",
  subject: `${trajectoryId}:${ordinal}`,
  data: {
    trajectoryId,
    rootId: trajectoryId,
    sample: 0,
    branch: [],
    round: ordinal,
    queryId: `${trajectoryId}:${ordinal}`,
    query: "director of the film with the longest title in the series",
    scorer: { name: "usefulness", version: "1" },
    result: { kind: "value", score: 0.5 },
    explanation,
    evidence: {}
  }
})

/** The `ordinal`-th event of `cause`: the same two numbers give the same event, its id included. */
export const queryScored = (cause: string, ordinal: number, explanation?: string): EventOf<"QueryScored"> =>
  makeEvent(newQueryScored(ordinal, explanation), context(cause, ordinal))

/** An event of another type, for what filters by type. */
export const outcomeScored = (cause: string, ordinal: number): EventOf<"OutcomeScored"> =>
  makeEvent(
    {
      type: "OutcomeScored",
      subject: trajectoryId,
      data: {
        trajectoryId,
        rootId: trajectoryId,
        sample: ordinal,
        branch: [],
        prediction: "Kim Sung-su",
        goldenAnswers: ["Kim Sung-su"],
        em: 1,
        f1: 1,
        precision: 1,
        recall: 1,
        acc: 1,
        formatOk: true
      }
    },
    context(cause, ordinal)
  )

const context = (cause: string, ordinal: number) => ({
  source: "/actors/test/1",
  runid: "test",
  causationid: cause,
  correlationid: "q0123456789abcdef",
  ordinal,
  time: "2026-01-01T00:00:00.000Z"
})
