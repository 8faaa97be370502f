import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  actorSource,
  branchTrajectoryId,
  correlationId,
  eventId,
  initialTrajectoryId,
  queryId,
  traceparent
} from "./ids.ts"
import { deadLetterSubject, eventSubject, eventsOfType, retrySubject, runIdPattern, typeOfSubject } from "./subjects.ts"

describe("ids that lie in logs", () => {
  it.each([
    ["an event's", eventId("/actors/refiner/1", "cause", 0), "50c551413f6b01b6421b1cc14aae3c41"],
    ["a question's correlation", correlationId("demo", "hotpotqa", "q1"), "qa5512fec3bc51460"],
    ["an initial trajectory's", initialTrajectoryId("demo", "hotpotqa", "q1", 0), "t9c48049be88c8f57"],
    ["a branch's", branchTrajectoryId("t0123456789abcdef", 2), "t2604a36e7ac48e87"],
    ["a query's", queryId("t0123456789abcdef", 2), "t0123456789abcdef:2"],
    ["an actor's source", actorSource("refiner", "1"), "/actors/refiner/1"],
    [
      "a trace context",
      traceparent("demo", "0123456789abcdef0123456789abcdef"),
      "00-f791f916965ba6716666384ea4758642-0123456789abcdef-01"
    ]
  ])("are the same in every release: %s", (_, id, expected) => {
    assert.strictEqual(id, expected)
  })
})

const Name = Schema.String.check(Schema.isPattern(/^[^\n]*$/))
const Ids = Schema.Struct({ source: Name, cause: Name, ordinal: Schema.Natural })
const sameIds = Schema.toEquivalence(Ids)

describe("event ids", () => {
  it.prop("differ when source, cause or ordinal differ, and only then", [Ids, Ids], ([left, right]) => {
    const idOf = ({ source, cause, ordinal }: typeof Ids.Type) => eventId(source, cause, ordinal)
    assert.strictEqual(idOf(left) === idOf(right), sameIds(left, right))
    assert.notStrictEqual(idOf(left), idOf({ ...left, ordinal: left.ordinal + 1 }))
    assert.match(idOf(left), /^[0-9a-f]{32}$/)
  })

  it("differ from version to version of an actor", () => {
    assert.notStrictEqual(
      eventId(actorSource("refiner", "1"), "cause", 0),
      eventId(actorSource("refiner", "2"), "cause", 0)
    )
  })
})

describe("trajectory ids", () => {
  it("differ by run, dataset, question, sample and replaced round", () => {
    const ids = [
      initialTrajectoryId("demo", "hotpotqa", "q1", 0),
      initialTrajectoryId("other", "hotpotqa", "q1", 0),
      initialTrajectoryId("demo", "musique", "q1", 0),
      initialTrajectoryId("demo", "hotpotqa", "q2", 0),
      initialTrajectoryId("demo", "hotpotqa", "q1", 1),
      branchTrajectoryId("t1", 1),
      branchTrajectoryId("t1", 2),
      branchTrajectoryId("t2", 1)
    ]
    assert.strictEqual(new Set(ids).size, ids.length)
  })

  it("of questions with the same id in two datasets do not share a correlation", () => {
    assert.notStrictEqual(correlationId("demo", "hotpotqa", "q1"), correlationId("demo", "musique", "q1"))
  })
})

describe("trace contexts", () => {
  it("of one correlation belong to one trace, each event being a span of its own", () => {
    const [, trace, span] = traceparent("q1", eventId("a", "b", 0)).split("-")
    const [, sameTrace, otherSpan] = traceparent("q1", eventId("a", "b", 1)).split("-")
    assert.strictEqual(sameTrace, trace)
    assert.notStrictEqual(otherSpan, span)
  })
})

describe("subjects", () => {
  it("tell an event's type without its message", () => {
    assert.strictEqual(typeOfSubject(eventSubject("QueryScored", "demo-1")), "QueryScored")
    assert.strictEqual(typeOfSubject(eventsOfType("QueryScored")), "QueryScored")
  })

  it("are the same in every release", () => {
    assert.deepStrictEqual(
      [eventSubject("QueryScored", "demo"), deadLetterSubject("refiner", "demo"), retrySubject("refiner")],
      ["smartsearch.evt.QueryScored.demo", "smartsearch.dlq.refiner.demo", "smartsearch.retry.refiner"]
    )
  })

  it.each(["", "a.b", "a b", "a*", ">", "-a", "ä", "a".repeat(65)])("have no room for a run named %j", (name) => {
    assert.notMatch(name, runIdPattern)
  })
})
