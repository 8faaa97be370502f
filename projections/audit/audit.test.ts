import { describe, expect, it } from "@effect/vitest"
import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, NewEvent } from "../../events/envelope.ts"
import { actorSource, queryId } from "../../events/ids.ts"
import { overridden, trajectoryIdAt } from "../testing/story.ts"
import { auditQuery, auditTrajectory } from "./audit.ts"
import type { Story } from "./story.ts"
import { continued, fullLog } from "./testing/fullLog.ts"

/** Two rounds, the second useless; a branch replaces it and answers right. Another question, to be left out. */
const log = fullLog({
  questions: [
    {
      id: "q",
      trajectories: [
        {
          answer: "silver",
          rounds: [{ query: "first" }, { query: "second", usefulness: 0 }],
          branches: [{ at: 2, rounds: [{ query: "better" }] }]
        },
        { rounds: [{ query: "of another sample" }] }
      ]
    },
    { id: "other", trajectories: [{}] }
  ]
})
const root = trajectoryIdAt("q", 0)
const branch = trajectoryIdAt("q", 0, [2])
const second = queryId(root, 2)

const headlines = ({ entries }: Story) => entries.map(({ type, headline }) => `${type}: ${headline}`)

const ofActor = (name: string, causationid: string, event: NewEvent): AnyEvent =>
  makeEvent(event, {
    source: actorSource(name, "1"),
    runid: "run",
    correlationid: log.find(({ event: { subject } }) => subject === root)?.event.correlationid ?? "",
    causationid,
    ordinal: 0,
    time: "2026-01-01T00:00:00Z"
  })

const scored = (scorer: string, score: number, causationid = `${scorer} again`): AnyEvent =>
  ofActor(scorer, causationid, {
    type: "QueryScored",
    subject: second,
    data: {
      trajectoryId: root,
      rootId: root,
      sample: 0,
      branch: [],
      round: 2,
      queryId: second,
      query: "second",
      scorer: { name: scorer, version: "2" },
      result: { kind: "value", score },
      explanation: "",
      evidence: {}
    }
  })

describe("the story of a trajectory", () => {
  it("tells everything about it, oldest first, and how its branches began and ended", () => {
    expect(headlines(auditTrajectory(log, root))).toEqual([
      "RunStarted: Run run began: a query is of high quality by novelty and usefulness, an answer correct from F1 0.8 on",
      "RolloutRequested: The trajectory was requested: sample 0 of the question",
      `QueryIssued: Round 1: the policy asks "first"`,
      "DocumentsRetrieved: Round 1: 2 documents retrieved",
      "QueryScored: Round 1: novelty is 1",
      "QueryScored: Round 1: usefulness is 1",
      `QueryIssued: Round 2: the policy asks "second"`,
      "DocumentsRetrieved: Round 2: 2 documents retrieved",
      "QueryScored: Round 2: novelty is 1",
      "QueryScored: Round 2: usefulness is 0",
      `TrajectoryCompleted: The trajectory ended with the answer "silver" after 2 searches`,
      "OutcomeScored: The trajectory has F1 0.00, EM 0; its format is right",
      "TrajectoryAssessed: The trajectory is incorrect, 1 of 2 queries of high quality, reward 0.2; to refine: 1 round (2)",
      `QueryRefined: Round 2: "second" becomes "better" in branch ${branch}`,
      `RolloutRequested: Branch ${branch} was requested: it replaces the query of round 2 of the trajectory`,
      `TrajectoryCompleted: Branch ${branch} ended with the answer "gold" after 2 searches`,
      `OutcomeScored: Branch ${branch} has F1 1.00, EM 1; its format is right`,
      `TrajectoryAssessed: Branch ${branch} is correct, 2 of 2 queries of high quality, reward 1.1`
    ])
  })

  it("of a branch tells the queries it shares and why it branched off, but not those that its parent made later", () => {
    const told = headlines(auditTrajectory(log, branch))
    const ancestor = `its ancestor ${root}`
    expect(told).toContain(`QueryIssued: Round 1 of ${ancestor}: the policy asks "first"`)
    expect(told).toContain(`QueryScored: Round 1 of ${ancestor}: usefulness is 1`)
    expect(told).toContain(`QueryRefined: Round 2 of ${ancestor}: "second" becomes "better" in branch ${branch}`)
    expect(told).toContain(`QueryIssued: Round 2: the query is "better"`)
    expect(told.join("\n")).not.toContain(`asks "second"`)
  })

  it("names the place of each event in the log, its id and its author", () => {
    const { entries } = auditTrajectory(log, root)
    for (const { sequence, eventId, by } of entries) {
      expect(log[sequence - 1]?.event.id).toBe(eventId)
      expect(by).not.toContain("/actors/")
    }
    expect(entries.map(({ sequence }) => sequence)).toEqual(
      entries.map(({ sequence }) => sequence).toSorted((a, b) => a - b)
    )
  })

  it("is that of the trajectory's own events when the log begins in the middle", () => {
    const tail = log.slice(log.findIndex(({ event }) => event.subject === second))
    expect(auditTrajectory(tail, root).entries[0]?.type).toBe("QueryIssued")
  })
})

describe("the story of a query", () => {
  it("tells how it was asked, scored and replaced, and what it meant for its trajectory and for the branch", () => {
    const types = auditQuery(log, root, 2).entries.map(({ type }) => type)
    expect(types).toEqual([
      "RunStarted",
      "RolloutRequested",
      "QueryIssued",
      "DocumentsRetrieved",
      "QueryScored",
      "QueryScored",
      "TrajectoryCompleted",
      "OutcomeScored",
      "TrajectoryAssessed",
      "QueryRefined",
      "RolloutRequested",
      "TrajectoryCompleted",
      "OutcomeScored",
      "TrajectoryAssessed"
    ])
    expect(headlines(auditQuery(log, root, 2))).toContain(
      "TrajectoryAssessed: The trajectory is incorrect, 1 of 2 queries of high quality, reward 0.2; this query: low quality"
    )
  })

  it("tells of the branches that share it", () => {
    expect(headlines(auditQuery(log, root, 1))).toContain(
      `TrajectoryAssessed: Branch ${branch} is correct, 2 of 2 queries of high quality, reward 1.1; this query: high quality`
    )
    expect(auditQuery(log, root, 1).datasets.map(({ trajectoryId }) => trajectoryId)).toContain(branch)
  })

  it("has every document with where it was known from", () => {
    const repeated = log.map(({ event, sequence }) => {
      if (event.type !== "DocumentsRetrieved" || event.data.queryId !== second) return { event, sequence }
      const [first] = event.data.rounds
      const known = { id: first?.documentIds[0] ?? "", contents: "no title" }
      const question = { ...event.data.question, evidence: { passageIds: [known.id], titles: [], subQuestions: [] } }
      return {
        sequence,
        event: { ...event, data: { ...event.data, question, documents: [known, ...event.data.documents] } }
      }
    })
    const [entry] = auditQuery(repeated, root, 2).entries.filter(({ type }) => type === "DocumentsRetrieved")
    expect(entry?.headline).toBe("Round 2: 3 documents retrieved, 1 known from earlier rounds, 1 of the gold evidence")
    expect(entry?.details).toMatchObject({
      documents: [
        { title: "no title", knownFrom: [1], gold: true },
        { title: `Title of ${root}-2-a`, knownFrom: [], gold: false },
        { knownFrom: [], gold: false }
      ]
    })
  })
})

describe("a story", () => {
  it("is empty for what the log does not know", () => {
    for (const story of [auditTrajectory(log, "t-nobody"), auditQuery(log, root, 3), auditQuery(log, "t-nobody", 1)]) {
      expect(story).toMatchObject({ entries: [], datasets: [] })
    }
  })

  it("tells an event that stands in the log twice once, where it first stood", () => {
    const twice = continued(
      log,
      log.map(({ event }) => event)
    )
    expect(auditTrajectory(twice, root)).toEqual(auditTrajectory(log, root))
    expect(auditQuery(twice, root, 2)).toEqual(auditQuery(log, root, 2))
  })

  it("does not depend on what else is in the log", () => {
    const elsewhere = fullLog({ run: "elsewhere", questions: [{ id: "q", trajectories: [{}] }] })
    const whole = continued(
      log,
      elsewhere.map(({ event }) => event)
    )
    expect(auditTrajectory(whole, root)).toEqual(auditTrajectory(log, root))
  })

  it("tells later scores and says that they do not count", () => {
    const story = auditQuery(continued(log, [scored("usefulness", 1)]), root, 2)
    expect(headlines(story).at(-1)).toBe("QueryScored: Round 2: usefulness is 1; an earlier score of it counts")
    expect(
      story.entries
        .filter(({ type }) => type === "QueryScored")
        .map(({ details }) => "counts" in details && details.counts)
    ).toEqual([true, true, false])
  })

  it("tells corrections as the words of a person", () => {
    const corrected = overridden({ question: "q", round: 2, scorer: "usefulness", score: 1, reason: "it helps" })
    const { entries } = auditTrajectory(continued(log, [corrected]), root)
    expect(entries.at(-1)).toMatchObject({ by: "ada", headline: "Round 2: ada sets usefulness to 1" })
  })

  it("tells which of its events an actor gave up on", () => {
    const retrieved = log.find(({ event }) => event.type === "DocumentsRetrieved" && event.data.queryId === second)
    const parked = ofActor("host", "parked", {
      type: "MessageParked",
      subject: second,
      data: {
        actor: "reward-judge",
        actorVersion: "llm-1",
        eventType: "DocumentsRetrieved",
        eventId: retrieved?.event.id ?? "",
        sequence: retrieved?.sequence ?? 0,
        attempts: 5,
        error: "overloaded",
        trajectoryId: root
      }
    })
    const told = `MessageParked: reward-judge gave up on DocumentsRetrieved ${retrieved?.sequence} after 5 attempts`
    expect(headlines(auditQuery(continued(log, [parked]), root, 2))).toContain(told)
    expect(headlines(auditTrajectory(continued(log, [parked]), root))).toContain(told)
    expect(headlines(auditQuery(continued(log, [parked]), root, 1))).not.toContain(told)
  })

  it("tells of the actors that were added when they had a hand in it", () => {
    const registered = (actor: string) =>
      ofActor("command-actors", actor, {
        type: "ActorRegistered",
        subject: actor,
        data: {
          actor,
          version: "1",
          consumes: ["DocumentsRetrieved"],
          module: { path: "s.ts", sha256: "0" },
          backfill: "all"
        }
      })
    const retired = ofActor("command-actors", "retired", {
      type: "ActorRetired",
      subject: "vague",
      data: { actor: "vague", reason: "too strict" }
    })
    const live = [registered("vague"), registered("idle"), scored("vague", 0.5), retired]
    expect(headlines(auditQuery(continued(log, live), root, 2)).slice(-3)).toEqual([
      "ActorRegistered: Actor vague 1 was added, for old events too",
      "QueryScored: Round 2: vague is 0.5",
      "ActorRetired: Actor vague was retired"
    ])
    expect(headlines(auditQuery(continued(log, live), root, 1)).join()).not.toContain("vague")
  })
})
