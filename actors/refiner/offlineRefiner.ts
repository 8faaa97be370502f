import { Effect } from "effect"
import { type Actor, defineActor } from "../actor.ts"
import { refineByRule } from "./refineByRule.ts"
import { refineRounds } from "./refineRounds.ts"

const author = { name: "refiner", version: "offline-1" }

/** Rewrites low-quality queries by rule, without a model: for data with gold evidence, and for machines without a model. */
export const offlineRefiner: Actor<"TrajectoryAssessed", never> = defineActor({
  ...author,
  consumes: ["TrajectoryAssessed"],
  handle: (event) =>
    refineRounds(event, author, ({ trajectory, round }) => {
      const earlier = trajectory.rounds.filter((other) => other.round < round.round)
      return Effect.succeed({ proposal: refineByRule(trajectory.question, earlier, round.query) })
    })
})
