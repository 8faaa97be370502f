import { Effect, Option, type Result } from "effect"
import { Flag } from "effect/cli"
import { stageNames } from "../../../config/curriculum.ts"
import { CommandFailed } from "../commandFailed.ts"
import { stagesOverrides } from "./stages.ts"
import { withoutOverrides } from "./without.ts"

/** Flags that say what a curriculum is to be like. */
export const curriculumFlags = {
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("Seed of all that is drawn: questions, tokens, order of the examples (default: run.seed)"),
    Flag.optional
  ),
  stages: Flag.String("stages").pipe(
    Flag.withMetavar("STAGE,STAGE"),
    Flag.withDescription(`Only these stages: ${stageNames.join(", ")} (default: curriculum.stages)`),
    Flag.optional
  ),
  without: Flag.String("without").pipe(
    Flag.withMetavar("[STAGE.]PART"),
    Flag.withDescription(
      `Leave a part of the method out, in one stage (${stageNames.join(", ")}) or in all: process-reward, refinement; can be repeated`
    ),
    Flag.atLeast(0)
  ),
  judge: Flag.Literals("judge", ["configured", "student"]).pipe(
    Flag.withDescription(
      "Who judges and refines: the configured ones, or a student that first learns both from them (default: curriculum.judge)"
    ),
    Flag.optional
  )
}

/** What those flags say. */
export interface CurriculumFlags {
  readonly seed: Option.Option<number>
  readonly stages: Option.Option<string>
  readonly without: ReadonlyArray<string>
  readonly judge: Option.Option<"configured" | "student">
}

/** The changes to the configuration that they stand for. `shape` are those that `--stages` makes, which a later command makes anew. */
export const curriculumChanges = Effect.fnUntraced(function* ({ judge, seed, stages, without }: CurriculumFlags) {
  const changes = (key: string, value: Option.Option<string | number>) =>
    Option.match(value, { onNone: () => [], onSome: (text) => [`${key}=${text}`] })
  const left = yield* understood(withoutOverrides(without))
  const chosen = Option.isNone(stages) ? [] : yield* understood(stagesOverrides(stages.value))
  const lasting = [...changes("curriculum.judge", judge), ...changes("run.seed", seed)]
  return { all: [...left, ...lasting, ...chosen], lasting }
})

const understood = (changes: Result.Result<ReadonlyArray<string>, string>) =>
  Effect.mapError(Effect.fromResult(changes), (detail) => new CommandFailed({ detail }))
