import { makeEvent } from "../../events/codec.ts"
import type { AnyEvent, EventOf, NewEvent } from "../../events/envelope.ts"
import { branchTrajectoryId, correlationId, initialTrajectoryId, queryId } from "../../events/ids.ts"
import type { EventType } from "../../events/registry.ts"
import type { BranchOrigin, ModelExchange, Question, RolloutSettings, ScoringSettings } from "../../events/shapes.ts"
import { type RoundText, writeTranscript } from "./transcript.ts"

/**
 * Hand-made histories for tests: a story says what happened in a few words, {@link eventsOf} tells it as the events
 * that a real run would have written.
 */
export interface Story {
  /** `run` unless told otherwise. */
  readonly run?: string
  readonly scoring?: ScoringSettings
  readonly questions: ReadonlyArray<QuestionStory>
}

export interface QuestionStory {
  /** Also names the question's text, `What is <id>?`. */
  readonly id: string
  /** `demo` unless told otherwise. */
  readonly dataset?: string
  /** `gold` unless told otherwise. */
  readonly golden?: ReadonlyArray<string>
  /** The initial trajectories, sample 0 first. */
  readonly trajectories: ReadonlyArray<TrajectoryStory>
}

export interface TrajectoryStory {
  /** What it predicts: the first gold answer unless told otherwise; `undefined` for a trajectory without an answer. */
  readonly answer?: string | undefined
  /** For a branch, from the replaced round on. One good round unless told otherwise. */
  readonly rounds?: ReadonlyArray<RoundStory>
  /** The branches that replace one of its rounds. */
  readonly branches?: ReadonlyArray<BranchStory>
  /** It failed for this reason instead of completing. */
  readonly failed?: string
  /** Turns carry token ids and log-probabilities: one token for each character. */
  readonly tokens?: boolean
  /** Leaves the first `</think>` out, so that the format check fails. */
  readonly broken?: boolean
}

export interface BranchStory extends TrajectoryStory {
  /** The round whose query is replaced, from 1. */
  readonly at: number
  /** The model that refined the query; a rule did when it is absent. */
  readonly refiner?: string
}

export interface RoundStory {
  readonly query?: string
  /** O_t of the novelty score; 0 unless told otherwise, `none` for a round that was not checked. */
  readonly overlap?: number | "none"
  /** The judge's score; 1 unless told otherwise, `none` for a round that was not judged. */
  readonly usefulness?: number | "unparsed" | "none"
  /** The model that judged usefulness; a rule did when it is absent. */
  readonly judge?: string
  /** Scores of further scorers. */
  readonly others?: Readonly<Record<string, number | "unparsed">>
}

/** The paper's settings. */
export const paperScoring: ScoringSettings = {
  combine: "novelty and usefulness",
  novelty: { maxOverlap: 1 },
  thresholds: {},
  f1: { threshold: 0.8 },
  reward: { penalty: 0.1, floor: 0.7, bonus: 0.1, ceiling: 0.3, format: 0.1 }
}

export const storySettings: RolloutSettings = {
  policy: "policy",
  system: "Search before you answer.",
  sampling: { temperature: 1, topP: 0.99, maxNewTokens: 512, stop: ["</search>"] },
  maxTurns: 5,
  maxResponseTokens: 8192,
  retriever: "bm25",
  topK: 2
}

const defaultRun = "run"
const defaultDataset = "demo"

/** The id of the trajectory that a path leads to: the sample, then the rounds replaced on the way. */
export const trajectoryIdAt = (
  questionId: string,
  sample: number,
  branch: ReadonlyArray<number> = [],
  where: { readonly run?: string; readonly dataset?: string } = {}
): string =>
  branch.reduce(
    branchTrajectoryId,
    initialTrajectoryId(where.run ?? defaultRun, where.dataset ?? defaultDataset, questionId, sample)
  )

/**
 * Tells the story: a run, then question by question its trajectories with their scores, each followed by its branches.
 */
export const eventsOf = (story: Story): ReadonlyArray<AnyEvent> => {
  const run = story.run ?? defaultRun
  return [
    event(run, run, `start-${run}`, {
      type: "RunStarted",
      subject: run,
      data: {
        rollouts: story.questions.reduce((total, { trajectories }) => total + trajectories.length, 0),
        questions: [{ dataset: defaultDataset, count: story.questions.length, sha256: "0" }],
        retriever: { name: "bm25", fingerprint: "corpus-1" },
        scoring: story.scoring ?? paperScoring,
        refinement: { enabled: true, maxDepth: 2, maxBranches: 8 },
        config: {},
        configHash: "hash-of-config",
        software: { version: "0.1.0", node: "v24.0.0" }
      }
    }),
    ...story.questions.flatMap((question) => questionEvents(run, question))
  ]
}

/** A person's correction of a score in a story. */
export const overridden = (correction: {
  readonly question: string
  readonly sample?: number
  readonly branch?: ReadonlyArray<number>
  readonly round: number
  readonly scorer: string
  readonly score: number
  readonly reason?: string
}): EventOf<"ScoreOverridden"> => {
  const trajectoryId = trajectoryIdAt(correction.question, correction.sample ?? 0, correction.branch)
  const query = queryId(trajectoryId, correction.round)
  const { scorer, score, round } = correction
  return event(
    defaultRun,
    correlationId(defaultRun, defaultDataset, correction.question),
    `override ${query} ${scorer} ${score} ${correction.reason ?? ""}`,
    {
      type: "ScoreOverridden",
      subject: query,
      data: {
        trajectoryId,
        round,
        queryId: query,
        scorer,
        score,
        reason: correction.reason ?? "checked by hand",
        by: "ada"
      }
    }
  )
}

const questionEvents = (run: string, story: QuestionStory): ReadonlyArray<AnyEvent> => {
  const dataset = story.dataset ?? defaultDataset
  const golden = story.golden ?? ["gold"]
  const teller: Teller = {
    run,
    correlation: correlationId(run, dataset, story.id),
    question: { id: story.id, dataset, question: `What is ${story.id}?`, goldenAnswers: golden }
  }
  return story.trajectories.flatMap((trajectory, sample) => {
    const trajectoryId = initialTrajectoryId(run, dataset, story.id, sample)
    return trajectoryEvents(teller, trajectory, { trajectoryId, rootId: trajectoryId, sample, branch: [] }, [])
  })
}

interface Teller {
  readonly run: string
  readonly correlation: string
  readonly question: Question
}

interface Identity {
  readonly trajectoryId: string
  readonly rootId: string
  readonly sample: number
  readonly branch: ReadonlyArray<number>
  readonly origin?: BranchOrigin
}

const trajectoryEvents = (
  teller: Teller,
  story: TrajectoryStory,
  identity: Identity,
  inherited: ReadonlyArray<RoundText>
): ReadonlyArray<AnyEvent> => {
  const tell = <T extends EventType>(cause: string, told: Extract<NewEvent, { readonly type: T }>) =>
    event(teller.run, teller.correlation, cause, told)
  const { trajectoryId } = identity
  const context = { ...identity, question: teller.question, settings: storySettings }
  const own = (story.rounds ?? [{}]).map((round, i) => roundText(trajectoryId, inherited.length + i + 1, round))
  const texts = [...inherited, ...own.map(({ text }) => text)]
  const answer = "answer" in story ? story.answer : (teller.question.goldenAnswers[0] ?? "")
  const progress = writeTranscript(texts, {
    answer,
    tokens: story.tokens === true,
    broken: story.broken === true,
    inherited: inherited.length
  })
  const ended =
    story.failed === undefined
      ? tell(trajectoryId, {
          type: "TrajectoryCompleted",
          subject: trajectoryId,
          data: {
            ...context,
            ...progress,
            answer: answer ?? "",
            finishReason: answer === undefined ? "max-turns" : "end"
          }
        })
      : tell(trajectoryId, {
          type: "TrajectoryFailed",
          subject: trajectoryId,
          data: { ...context, ...progress, reason: story.failed, detail: "the server said no" }
        })
  const scores = own.flatMap(({ story: round, text }) => scoreEvents(teller, identity, round, text))
  const branches = (story.branches ?? []).flatMap((branch) => branchEvents(teller, identity, texts, branch))
  return [...scores, ended, ...branches]
}

const roundText = (trajectoryId: string, round: number, story: RoundStory) => ({
  story,
  text: {
    round,
    queryId: queryId(trajectoryId, round),
    query: story.query ?? `query ${round} of ${trajectoryId}`,
    documentIds: [`${trajectoryId}-${round}-a`, `${trajectoryId}-${round}-b`]
  }
})

const scoreEvents = (
  teller: Teller,
  identity: Identity,
  story: RoundStory,
  { round, queryId: id, query }: RoundText
): ReadonlyArray<AnyEvent> => {
  const score = (
    scorer: string,
    value: number | "unparsed",
    evidence: EventOf<"QueryScored">["data"]["evidence"] = {}
  ) =>
    event(teller.run, teller.correlation, `${scorer} ${id}`, {
      type: "QueryScored",
      subject: id,
      data: {
        ...identity,
        round,
        queryId: id,
        query,
        scorer: { name: scorer, version: "1" },
        result: value === "unparsed" ? { kind: "unparsed" } : { kind: "value", score: value },
        explanation: `${scorer} says ${value}`,
        evidence
      }
    })
  const overlap = story.overlap ?? 0
  const usefulness = story.usefulness ?? 1
  return [
    ...(overlap === "none" ? [] : [score("novelty", overlap <= 1 ? 1 : 0, { overlap: known(overlap) })]),
    ...(usefulness === "none"
      ? []
      : [score("usefulness", usefulness, asked(story.judge, query, `{"score": ${usefulness}}`))]),
    ...Object.entries(story.others ?? {}).map(([scorer, value]) => score(scorer, value))
  ]
}

const known = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, i) => `known-${i}`)

const asked = (model: string | undefined, query: string, reply: string): { readonly exchange?: ModelExchange } =>
  model === undefined
    ? {}
    : { exchange: { model, system: "You are strict.", user: `About: ${query}`, reply, attempts: 1, latencyMs: 5 } }

const branchEvents = (
  teller: Teller,
  parent: Identity,
  parentRounds: ReadonlyArray<RoundText>,
  story: BranchStory
): ReadonlyArray<AnyEvent> => {
  const { at: round } = story
  const trajectoryId = branchTrajectoryId(parent.trajectoryId, round)
  const replaced = parentRounds[round - 1]
  if (replaced === undefined) throw new Error(`a branch replaces round ${round} of ${parentRounds.length}`)
  const refined = event(teller.run, teller.correlation, `refine ${replaced.queryId}`, {
    type: "QueryRefined",
    subject: replaced.queryId,
    data: {
      trajectoryId: parent.trajectoryId,
      rootId: parent.rootId,
      sample: parent.sample,
      branch: parent.branch,
      round,
      queryId: replaced.queryId,
      original: replaced.query,
      feedback: "not useful",
      refiner: { name: "refiner", version: "1" },
      refined: story.rounds?.[0]?.query ?? `query ${round} of ${trajectoryId}`,
      explanation: "asks for what is missing",
      ...asked(story.refiner, replaced.query, "a better query"),
      branchTrajectoryId: trajectoryId
    }
  })
  const identity = {
    trajectoryId,
    rootId: parent.rootId,
    sample: parent.sample,
    branch: [...parent.branch, round],
    origin: { trajectoryId: parent.trajectoryId, round, refinementId: refined.id }
  }
  return [refined, ...trajectoryEvents(teller, story, identity, parentRounds.slice(0, round - 1))]
}

const event = <T extends EventType>(
  runid: string,
  correlationid: string,
  causationid: string,
  told: Extract<NewEvent, { readonly type: T }>
): EventOf<T> =>
  makeEvent<T>(told, {
    source: "/tests/story",
    runid,
    correlationid,
    causationid,
    ordinal: 0,
    time: "2026-01-01T00:00:00Z"
  })
