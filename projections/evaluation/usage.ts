import type { AnyEvent, EventOf } from "../../events/envelope.ts"
import type { Turn } from "../../events/shapes.ts"
import type { Trajectory } from "../history/history.ts"

export interface Tokens {
  readonly prompt: number
  readonly completion: number
}

/** Tokens by who spent them. A part is absent when no server counted any. */
export interface Usage {
  /** The policy, without what a branch inherited from its parent. */
  readonly policy?: Tokens
  /** The scorers that ask a model. */
  readonly scorers?: Tokens
  /** The refiner, on the trajectory whose queries it replaced. */
  readonly refiner?: Tokens
}

export type Spender = keyof Usage

/** What a model was asked about one trajectory outside of its rollout. */
interface Spending {
  readonly spender: Exclude<Spender, "policy">
  readonly tokens: Tokens
}

/** By trajectory id, then by the id of the event that told it, so that an event told twice counts once. */
export type Spendings = Map<string, Map<string, Spending>>

/** Folds what an event says about tokens into the spendings, in place. */
export const evolveSpendings = (spendings: Spendings, event: AnyEvent): Spendings => {
  switch (event.type) {
    case "QueryScored":
      spend(spendings, event, "scorers", event.data.evidence.exchange)
      break
    case "QueryRefined":
    case "RefinementFailed":
      spend(spendings, event, "refiner", event.data.exchange)
      break
  }
  return spendings
}

const spend = (
  spendings: Spendings,
  event: EventOf<"QueryScored" | "QueryRefined" | "RefinementFailed">,
  spender: Spending["spender"],
  exchange: Counted | undefined
): void => {
  const tokens = exchange && counted(exchange)
  if (tokens === undefined) return
  const { trajectoryId } = event.data
  const ofTrajectory = spendings.get(trajectoryId) ?? new Map<string, Spending>()
  spendings.set(trajectoryId, ofTrajectory.set(event.id, { spender, tokens }))
}

type Counted = Pick<Turn, "promptTokens" | "completionTokens">

const counted = ({ promptTokens, completionTokens }: Counted): Tokens | undefined =>
  promptTokens === undefined && completionTokens === undefined
    ? undefined
    : { prompt: promptTokens ?? 0, completion: completionTokens ?? 0 }

/** The tokens spent on one completed trajectory. */
export const usageOf = (trajectory: Trajectory, spendings: Spendings): Usage => {
  const others = [...(spendings.get(trajectory.trajectoryId)?.values() ?? [])]
  const by = (spender: Spender) => others.filter((spending) => spending.spender === spender)
  return usage({
    policy: addTokens(ownTurns(trajectory).map(counted)),
    scorers: addTokens(by("scorers").map(({ tokens }) => tokens)),
    refiner: addTokens(by("refiner").map(({ tokens }) => tokens))
  })
}

/** A branch carries its parent's turns up to the replaced query: those were paid for already. */
const ownTurns = ({ origin, rounds, turns }: Trajectory): ReadonlyArray<Turn> => {
  const cut = origin && rounds.find(({ round }) => round === origin.round)?.queryEnd
  return cut === undefined ? turns : turns.filter(({ start }) => start >= cut)
}

/** Usage added up, spender by spender. */
export const addUsage = (usages: ReadonlyArray<Usage>): Usage =>
  usage({
    policy: addTokens(usages.map(({ policy }) => policy)),
    scorers: addTokens(usages.map(({ scorers }) => scorers)),
    refiner: addTokens(usages.map(({ refiner }) => refiner))
  })

/** The sum of what was counted; undefined when nothing was. */
export const addTokens = (tokens: ReadonlyArray<Tokens | undefined>): Tokens | undefined =>
  tokens.reduce(
    (sum, next) =>
      sum === undefined || next === undefined
        ? (sum ?? next)
        : { prompt: sum.prompt + next.prompt, completion: sum.completion + next.completion },
    undefined
  )

const usage = (parts: { readonly [S in Spender]: Tokens | undefined }): Usage => ({
  ...(parts.policy === undefined ? {} : { policy: parts.policy }),
  ...(parts.scorers === undefined ? {} : { scorers: parts.scorers }),
  ...(parts.refiner === undefined ? {} : { refiner: parts.refiner })
})
