import type { EventOf } from "../../../events/envelope.ts"
import { kindInWords } from "../../text/kindInWords.ts"
import { counted } from "./context.ts"

export const runStarted = ({ runid, data }: EventOf<"RunStarted">) => {
  const { retriever, scoring, refinement, configHash, software } = data
  return {
    headline: `Run ${runid} began: a query is of high quality by ${scoring.combine}, an answer correct from F1 ${scoring.f1.threshold} on`,
    details: { retriever, scoring, refinement, configHash, software }
  }
}

export const messageParked = ({ data }: EventOf<"MessageParked">) => ({
  headline: `${data.actor} gave up on ${data.eventType} ${data.sequence} after ${counted(data.attempts, "attempt")}`,
  details: data
})

export const actorRegistered = ({ data }: EventOf<"ActorRegistered">) => ({
  headline: `Actor ${data.actor} ${data.version} was added, ${data.backfill === "all" ? "for old events too" : "for new events"}`,
  details: data
})

export const actorRetired = ({ data }: EventOf<"ActorRetired">) => ({
  headline: `Actor ${data.actor} was retired`,
  details: data
})

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const datasetBuilt = ({ data: { files: _, ...details } }: EventOf<"DatasetBuilt">) => ({
  headline: `${capitalized(kindInWords(details.kind))} dataset of ${counted(details.rows, "row")} was built up to event ${details.lastSequence}`,
  details
})
