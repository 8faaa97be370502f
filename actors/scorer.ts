import { Effect, Result, Schema } from "effect"
import type { EventOf, NewEvent } from "../events/envelope.ts"
import { parseCombination } from "../method/combination.ts"
import { type Actor, defineActor } from "./actor.ts"
import { queryScored } from "./queryScore.ts"

/** All that is known of a query once its documents came: question, gold answers, transcript, documents, earlier rounds. */
export type ScoredQuery = EventOf<"DocumentsRetrieved">["data"]

const Opinion = Schema.Struct({
  /** From 0 to 1. */
  score: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  /** In words a refiner can act on. */
  explanation: Schema.optionalKey(Schema.String),
  /** Whatever else the audit shall show. */
  note: Schema.optionalKey(Schema.Json)
})
type Opinion = typeof Opinion.Type

/** What a scorer may return: a number from 0 to 1, or a number with words, at once or later. */
export type ScorerReturn = number | Opinion | Promise<number | Opinion> | Effect.Effect<number | Opinion, unknown>

/** A scorer of one's own: a name, a version, and a function from one query to a score. */
export interface Scorer {
  /** As combinations write it: `[a-z][a-z0-9-]*`. */
  readonly name: string
  /** Change it whenever the scores change. */
  readonly version: string
  readonly score: (query: ScoredQuery) => ScorerReturn
}

/**
 * Thrown when a scorer gave no score: `failed` (it threw, rejected or failed; tried again) or `bad-score` (it returned
 * something else than a number from 0 to 1 or an object with such a `score`; parked at once).
 */
export class ScorerError extends Schema.TaggedError<ScorerError>()("ScorerError", {
  scorer: Schema.String,
  queryId: Schema.String,
  reason: Schema.Literals(["failed", "bad-score"]),
  detail: Schema.String,
  retryable: Schema.Boolean
}) {
  override get message(): string {
    return `scorer "${this.scorer}" on query ${this.queryId}: ${this.detail}`
  }
}

/** Thrown when a module exports no scorer: what `scorer` should have been, and what it is. */
export class InvalidScorer extends Schema.TaggedError<InvalidScorer>()("InvalidScorer", {
  path: Schema.String,
  expected: Schema.String,
  found: Schema.String
}) {
  override get message(): string {
    return `${this.path}: expected ${this.expected}, found ${this.found}`
  }
}

/** The actor that lets a scorer judge every query; it has the scorer's name and version. */
export const scorerActor = (scorer: Scorer): Actor<"DocumentsRetrieved", ScorerError> =>
  defineActor({
    name: scorer.name,
    version: scorer.version,
    consumes: ["DocumentsRetrieved"],
    handle: (event) => Effect.map(judge(scorer, event), (scored) => [scored])
  })

const judge = Effect.fn("scorer.judge")(function* (
  scorer: Scorer,
  event: EventOf<"DocumentsRetrieved">
): Effect.fn.Return<NewEvent, ScorerError> {
  const { queryId } = event.data
  const returned = yield* call(scorer, event.data).pipe(
    Effect.mapError(
      ({ cause }) =>
        new ScorerError({ scorer: scorer.name, queryId, reason: "failed", detail: String(cause), retryable: true })
    )
  )
  const opinion = yield* Effect.fromResult(readOpinion(returned)).pipe(
    Effect.mapError(
      (detail) => new ScorerError({ scorer: scorer.name, queryId, reason: "bad-score", detail, retryable: false })
    )
  )
  return queryScored(event, {
    scorer: { name: scorer.name, version: scorer.version },
    result: { kind: "value", score: opinion.score },
    explanation: opinion.explanation ?? `The scorer ${scorer.name} gave the query ${opinion.score}.`,
    evidence: opinion.note === undefined ? {} : { note: opinion.note }
  })
})

/** What a scorer threw, rejected or failed with, whatever that is. */
class Broken extends Schema.TaggedError<Broken>()("Broken", { cause: Schema.Defect() }) {}

const broken = (cause: unknown): Broken => new Broken({ cause })

/** Whatever way the scorer answers. */
const call = (scorer: Scorer, query: ScoredQuery): Effect.Effect<unknown, Broken> =>
  Effect.try({ try: (): unknown => scorer.score(query), catch: broken }).pipe(
    Effect.flatMap((returned): Effect.Effect<unknown, Broken> => {
      if (isAnswer(returned)) return Effect.mapError(returned, broken)
      return Effect.tryPromise({ try: () => Promise.resolve(returned), catch: broken })
    })
  )

/** A scorer's effect needs nothing: a module that is loaded at run time can't ask for services. */
const isAnswer = (returned: unknown): returned is Effect.Effect<unknown, unknown> => Effect.isEffect(returned)

const decodeOpinion = Schema.decodeUnknownResult(Opinion)

const readOpinion = (returned: unknown): Result.Result<Opinion, string> =>
  decodeOpinion(typeof returned === "number" ? { score: returned } : returned).pipe(
    Result.mapError(
      (error) =>
        `expected a number from 0 to 1, or an object with such a score, found ${show(returned)} (${error.message})`
    )
  )

/** Reads a user's module: it exports `scorer`, a plain object with `name`, `version` and `score`. */
export const parseScorerModule = (module: unknown, path: string): Result.Result<Scorer, InvalidScorer> => {
  const fail = (expected: string, found: unknown) =>
    Result.fail(new InvalidScorer({ path, expected, found: show(found) }))
  const scorer = fieldOf(module, "scorer")
  if (typeof scorer !== "object" || scorer === null) {
    return fail("an export `scorer`, an object { name, version, score }", scorer)
  }
  const name = fieldOf(scorer, "name")
  if (typeof name !== "string" || !isScorerName(name)) {
    return fail("`scorer.name` to be a letter a to z and then letters, digits or hyphens, and no and, or, not", name)
  }
  const version = fieldOf(scorer, "version")
  if (typeof version !== "string" || version === "") return fail('`scorer.version` to be a text such as "1"', version)
  const score = fieldOf(scorer, "score")
  if (!isScore(score)) return fail("`scorer.score` to be a function from a query to a number from 0 to 1", score)
  return Result.succeed({ name, version, score: (query) => score.call(scorer, query) })
}

/** A name is valid when a combination of it alone is, and is read as itself. */
const isScorerName = (name: string): boolean => {
  const parsed = parseCombination(name)
  return parsed.ok && parsed.combination.expression.kind === "scorer" && parsed.combination.scorers[0] === name
}

// What it returns is checked at every call.
const isScore = (value: unknown): value is Scorer["score"] => typeof value === "function"

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === "object" && value !== null && field in value
    ? (value as Readonly<Record<string, unknown>>)[field]
    : undefined

const show = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (typeof value === "function") return "a function"
  const text = typeof value === "object" || typeof value === "string" ? JSON.stringify(value) : String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
