import { identityOf } from "../events/context.ts"
import type { EventOf, NewEvent } from "../events/envelope.ts"
import type { DataOf } from "../events/registry.ts"

/** What a scorer found out about one query. */
export type QueryScore = Pick<DataOf<"QueryScored">, "scorer" | "result" | "explanation" | "evidence">

/** The event that tells a scorer's judgement of the query whose documents just came. */
export const queryScored = ({ data }: EventOf<"DocumentsRetrieved">, score: QueryScore): NewEvent => ({
  type: "QueryScored",
  subject: data.queryId,
  data: { ...identityOf(data), round: data.round, queryId: data.queryId, query: data.query, ...score }
})
