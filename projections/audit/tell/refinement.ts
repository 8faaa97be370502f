import type { EventOf } from "../../../events/envelope.ts"
import { quoted, roundOf, type TellingContext } from "./context.ts"

export const queryRefined = ({ data }: EventOf<"QueryRefined">, context: TellingContext) => ({
  headline: `${roundOf(data, context)} ${quoted(data.original)} becomes ${quoted(data.refined)} in branch ${data.branchTrajectoryId}`,
  details: data
})

const reasons = {
  unparsed: "the refiner's reply could not be read",
  unchanged: "the query came back as it was"
} as const

export const refinementFailed = ({ data }: EventOf<"RefinementFailed">, context: TellingContext) => ({
  headline: `${roundOf(data, context)} no better query was found: ${reasons[data.reason]}`,
  details: data
})
