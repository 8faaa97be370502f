import { makeEvent } from "../../../events/codec.ts"
import { identityOf } from "../../../events/context.ts"
import type { AnyEvent, EventOf, NewEvent } from "../../../events/envelope.ts"
import { actorSource } from "../../../events/ids.ts"
import type { Document, Round } from "../../../events/shapes.ts"
import { paperRules } from "../../../method/assess.ts"
import { type AssessedTrajectory, assessTrajectory } from "../../history/assessment.ts"
import { foldHistory } from "../../history/fold.ts"
import { emptyHistory } from "../../history/history.ts"
import { questionsOf } from "../../history/trees.ts"
import { eventsOf, type Story } from "../../testing/story.ts"
import type { LoggedEvent } from "../story.ts"

type Ended = EventOf<"TrajectoryCompleted" | "TrajectoryFailed">

/**
 * A story as the log of a real run tells it, step by step: what {@link eventsOf} leaves out, since the datasets do not look
 * at it, stands where it would.
 */
export const fullLog = (story: Story): ReadonlyArray<LoggedEvent> => {
  const events = eventsOf(story)
  const assessed = assessmentsOf(events)
  const told = events.filter((event) => event.type === "RunStarted")
  const rest = events.flatMap((event) =>
    isEnded(event) ? tellTrajectory(event, events, assessed.get(event.data.trajectoryId)) : []
  )
  return logged([...told, ...rest])
}

/** Events at the places where they stand in the list. */
export const logged = (events: ReadonlyArray<AnyEvent>): ReadonlyArray<LoggedEvent> =>
  events.map((event, i) => ({ sequence: i + 1, event }))

/** The log with more events at its end. */
export const continued = (log: ReadonlyArray<LoggedEvent>, more: ReadonlyArray<AnyEvent>): ReadonlyArray<LoggedEvent> =>
  logged([...log.map(({ event }) => event), ...more])

const isEnded = (event: AnyEvent): event is Ended =>
  event.type === "TrajectoryCompleted" || event.type === "TrajectoryFailed"

const assessmentsOf = (events: ReadonlyArray<AnyEvent>): ReadonlyMap<string, AssessedTrajectory> =>
  new Map(
    questionsOf(foldHistory(emptyHistory(), events)).flatMap((question) =>
      [...question.trajectories.values()].map((trajectory) => [
        trajectory.trajectoryId,
        assessTrajectory(question, trajectory, paperRules)
      ])
    )
  )

const tellTrajectory = (
  ended: Ended,
  events: ReadonlyArray<AnyEvent>,
  assessed: AssessedTrajectory | undefined
): ReadonlyArray<AnyEvent> => {
  const { data } = ended
  const refined = events.filter(({ id }) => id === data.origin?.refinementId)
  const own = data.rounds.filter(({ kind }) => kind === "issued")
  const scoresOf = (queryId: string) =>
    events.filter((event) => event.type === "QueryScored" && event.data.queryId === queryId)
  return [
    ...refined,
    requested(ended),
    ...own.flatMap((round) => [issued(ended, round), retrieved(ended, round), ...scoresOf(round.queryId)]),
    ended,
    ...(assessed === undefined ? [] : verdicts(ended, assessed, scoresOf))
  ]
}

const made = <T extends NewEvent["type"]>(
  ended: Ended,
  actor: string,
  event: Extract<NewEvent, { readonly type: T }>
): EventOf<T> =>
  makeEvent<T>(event, {
    source: actorSource(actor, "1"),
    runid: ended.runid,
    correlationid: ended.correlationid,
    causationid: `${event.type} ${event.subject}`,
    ordinal: 0,
    time: "2026-01-01T00:00:00Z"
  })

const contextOf = ({ data }: Ended) => ({ ...identityOf(data), question: data.question, settings: data.settings })

const requested = (ended: Ended): AnyEvent => {
  const { trajectoryId, transcript, rounds, origin } = ended.data
  const shared = rounds.filter(({ kind }) => kind !== "issued")
  const cut = rounds.find(({ round }) => round === origin?.round)?.queryEnd
  const prefix = { transcript: transcript.slice(0, cut), rounds: shared, turns: [] }
  return made(ended, origin === undefined ? "command-run" : "refiner", {
    type: "RolloutRequested",
    subject: trajectoryId,
    data: { ...contextOf(ended), ...(origin === undefined ? {} : { prefix }) }
  })
}

const issued = (ended: Ended, { round, queryId, query, queryEnd }: Round): AnyEvent => {
  const { transcript, rounds, turns, origin } = ended.data
  return made(ended, "agent-rollout", {
    type: "QueryIssued",
    subject: queryId,
    data: {
      ...contextOf(ended),
      transcript: transcript.slice(0, queryEnd),
      rounds: rounds.filter((other) => other.round < round),
      turns: round === origin?.round ? [] : turns.filter(({ end }) => end <= queryEnd),
      round,
      queryId,
      query,
      queryEnd,
      pending: []
    }
  })
}

const retrieved = (ended: Ended, { round, queryId, query, resultEnd, documentIds }: Round): AnyEvent => {
  const { transcript, rounds, turns } = ended.data
  const documents = documentIds.map((id): Document => ({ id, contents: `"Title of ${id}"\nThe text of ${id}.` }))
  return made(ended, "retrieval", {
    type: "DocumentsRetrieved",
    subject: queryId,
    data: {
      ...contextOf(ended),
      transcript: transcript.slice(0, resultEnd),
      rounds: rounds.filter((other) => other.round <= round),
      turns,
      round,
      queryId,
      query,
      documents,
      earlierDocumentIds: rounds.filter((other) => other.round < round).flatMap((other) => other.documentIds),
      retriever: { name: "bm25", fingerprint: "corpus-1" },
      latencyMs: 12,
      pending: []
    }
  })
}

const verdicts = (
  ended: Ended,
  assessed: AssessedTrajectory,
  scoresOf: (queryId: string) => ReadonlyArray<AnyEvent>
): ReadonlyArray<AnyEvent> => {
  const { answer, format, correct, nCorrect, nWrong, reward, rounds } = assessed
  const { trajectoryId, question, transcript, turns } = ended.data
  const assessments = rounds.map(({ round, quality, feedback }) => ({
    round: round.round,
    queryId: round.queryId,
    quality: quality === "unscored" ? ("unparsed" as const) : quality,
    feedback,
    scoreIds: scoresOf(round.queryId).map(({ id }) => id)
  }))
  return [
    made(ended, "assessment", {
      type: "OutcomeScored",
      subject: trajectoryId,
      data: {
        ...identityOf(ended.data),
        prediction: assessed.trajectory.answer,
        goldenAnswers: question.goldenAnswers,
        ...answer,
        formatOk: format.ok
      }
    }),
    made(ended, "assessment", {
      type: "TrajectoryAssessed",
      subject: trajectoryId,
      data: {
        ...contextOf(ended),
        transcript,
        rounds: ended.data.rounds,
        turns,
        assessments,
        f1: answer.f1,
        correct,
        nCorrect,
        nWrong,
        reward,
        refine: assessments.filter(({ quality }) => quality === "low").map(({ round }) => round)
      }
    })
  ]
}
