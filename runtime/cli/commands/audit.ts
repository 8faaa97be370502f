import { userInfo } from "node:os"
import { Effect, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { renderStory } from "../../../projections/audit/render/renderStory.ts"
import type { Story } from "../../../projections/audit/story.ts"
import { overrideScore, storyOfQuery, storyOfTrajectory } from "../../system/audit.ts"
import { root, withLog } from "../root.ts"
import { print, printJson } from "../terminal.ts"

const full = Flag.Boolean("full").pipe(
  Flag.withDescription("Show prompts, replies and transcripts whole"),
  Flag.withDefault(false)
)

const show = Effect.fnUntraced(function* (story: Story, full: boolean) {
  const { json } = yield* root
  if (json) return yield* printJson(story)
  yield* print(renderStory(story, { columns: Math.min(process.stdout.columns ?? 100, 120), full }))
})

const trajectory = Command.make(
  "trajectory",
  { id: Argument.String("id").pipe(Argument.withDescription("Id of a trajectory, or its beginning")), full },
  Effect.fn("audit.trajectory")(function* ({ id, full }) {
    yield* show(yield* withLog()(storyOfTrajectory(id)), full)
  })
).pipe(Command.withDescription("Everything that happened to a trajectory, oldest first, and where it was used"))

const query = Command.make(
  "query",
  { id: Argument.String("id").pipe(Argument.withDescription("Id of a query: TRAJECTORY:ROUND")), full },
  Effect.fn("audit.query")(function* ({ id, full }) {
    yield* show(yield* withLog()(storyOfQuery(id)), full)
  })
).pipe(
  Command.withDescription(
    "How a query was scored: who, with what input, prompt and reply, and where the score was used"
  )
)

const override = Command.make(
  "override",
  {
    id: Argument.String("id").pipe(Argument.withDescription("Id of a query: TRAJECTORY:ROUND")),
    scorer: Flag.String("scorer").pipe(Flag.withDescription("Whose score is corrected, e.g. usefulness")),
    score: Flag.Finite("score").pipe(
      Flag.withSchema(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
      Flag.withDescription("The right score, from 0 to 1")
    ),
    reason: Flag.String("reason").pipe(Flag.withDescription("Why")),
    by: Flag.String("by").pipe(
      Flag.withDescription("Who says so (default: the user of this machine)"),
      Flag.withDefault(userInfo().username)
    )
  },
  Effect.fn("audit.override")(function* ({ id, ...correction }) {
    const { json } = yield* root
    const queryId = yield* withLog()(overrideScore({ query: id, ...correction }))
    if (json) return yield* printJson({ queryId, ...correction })
    yield* print(
      `${correction.scorer} of ${queryId} is ${correction.score} from now on. Build the datasets again to use it.`
    )
  })
).pipe(Command.withDescription("Correct a score by hand; every later replay uses the correction"))

export const audit = Command.make("audit").pipe(
  Command.withDescription("Why this score: the story of a trajectory or a query, and corrections by hand"),
  Command.withSubcommands([trajectory, query, override])
)
