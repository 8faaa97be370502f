import type { EventOf } from "../../../events/envelope.ts"
import type { Document, Progress } from "../../../events/shapes.ts"
import { titleOf } from "../../../method/document.ts"
import type {
  CompletionDetails,
  QueryDetails,
  RequestDetails,
  RetrievalDetails,
  RetrievedDocument
} from "../details.ts"
import { capitalized, counted, nameOf, quoted, roundOf, type TellingContext, type Told } from "./context.ts"

export const rolloutRequested = (
  { data }: EventOf<"RolloutRequested">,
  context: TellingContext
): Told<RequestDetails> => {
  const { trajectoryId, sample, branch, origin, question, settings, prefix } = data
  const name = capitalized(nameOf(trajectoryId, context))
  return {
    headline:
      origin === undefined
        ? `${name} was requested: sample ${sample} of the question${prefix === undefined ? "" : ", from a prefix"}`
        : `${name} was requested: it replaces the query of round ${origin.round} of ${nameOf(origin.trajectoryId, context)}`,
    details: {
      trajectoryId,
      sample,
      branch,
      ...(origin === undefined ? {} : { origin }),
      question,
      settings,
      ...(prefix === undefined ? {} : { prefix: prefix.transcript })
    }
  }
}

export const queryIssued = ({ data }: EventOf<"QueryIssued">, context: TellingContext): Told<QueryDetails> => {
  const { trajectoryId, round, queryId, query } = data
  const written = writtenBefore(data)
  return {
    headline: `${roundOf(data, context)} ${written === undefined ? "the query is" : "the policy asks"} ${quoted(query)}`,
    details: { trajectoryId, round, queryId, query, ...(written === undefined ? {} : { written }) }
  }
}

/** The generation that the query stands in, up to the query. */
const writtenBefore = ({
  transcript,
  turns,
  queryEnd
}: Pick<Progress, "transcript" | "turns"> & { readonly queryEnd: number }): string | undefined => {
  const turn = turns.find(({ start, end }) => start < queryEnd && queryEnd <= end)
  return turn && transcript.slice(turn.start, queryEnd)
}

export const documentsRetrieved = (
  { data }: EventOf<"DocumentsRetrieved">,
  context: TellingContext
): Told<RetrievalDetails> => {
  const { trajectoryId, round, queryId, query, retriever, latencyMs } = data
  const documents = data.documents.map((document) => retrievedDocument(document, data))
  const known = documents.filter(({ knownFrom }) => knownFrom.length > 0).length
  const gold = documents.filter((document) => document.gold === true).length
  const parts = [
    `${counted(documents.length, "document")} retrieved`,
    ...(known > 0 ? [`${known} known from earlier rounds`] : []),
    ...(gold > 0 ? [`${gold} of the gold evidence`] : [])
  ]
  return {
    headline: `${roundOf(data, context)} ${parts.join(", ")}`,
    details: { trajectoryId, round, queryId, query, retriever, latencyMs, documents }
  }
}

const retrievedDocument = (
  { id, contents, score }: Document,
  { rounds, round, question }: EventOf<"DocumentsRetrieved">["data"]
): RetrievedDocument => ({
  id,
  title: titleOf(contents),
  ...(score === undefined ? {} : { score }),
  knownFrom: rounds
    .filter((other) => other.round < round && other.documentIds.includes(id))
    .map((other) => other.round),
  ...(question.evidence === undefined ? {} : { gold: question.evidence.passageIds.includes(id) })
})

export const trajectoryCompleted = (
  { data }: EventOf<"TrajectoryCompleted">,
  context: TellingContext
): Told<CompletionDetails> => {
  const { trajectoryId, answer, finishReason, transcript, rounds, turns } = data
  const ended = {
    end: "",
    "max-turns": ", cut off by the limit of turns",
    "max-tokens": ", cut off by the limit of tokens"
  }
  const searches = counted(rounds.length, "search", "searches")
  const answered = answer === "" ? "without an answer" : `with the answer ${quoted(answer)}`
  return {
    headline: `${capitalized(nameOf(trajectoryId, context))} ended ${answered} after ${searches}${ended[finishReason]}`,
    details: { trajectoryId, answer, finishReason, transcript, searches: rounds.length, turns: turns.length }
  }
}

export const trajectoryFailed = ({ data }: EventOf<"TrajectoryFailed">, context: TellingContext) => ({
  headline: `${capitalized(nameOf(data.trajectoryId, context))} failed: ${data.reason}`,
  details: { trajectoryId: data.trajectoryId, reason: data.reason, detail: data.detail }
})
