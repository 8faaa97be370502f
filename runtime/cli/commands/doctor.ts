import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { diagnose, diagnoseMachine, type Finding } from "../../system/diagnose.ts"
import { executorFinding } from "../../system/diagnoseTraining.ts"
import { CommandFailed } from "../commandFailed.ts"
import { settingsOf } from "../configOptions.ts"
import { root, withLog } from "../root.ts"
import { print, printJson } from "../terminal.ts"

const mark = { ok: "✓", warn: "!", bad: "✗" } as const

const line = ({ subject, verdict, detail }: Finding): string => `${mark[verdict]} ${subject.padEnd(26)} ${detail}`

export const doctor = Command.make(
  "doctor",
  {
    config: Flag.String("config").pipe(
      Flag.withAlias("c"),
      Flag.withDescription("Also check this configuration and whether its models answer"),
      Flag.optional
    )
  },
  Effect.fn("doctor")(function* ({ config }) {
    const { json } = yield* root
    const machine = [...diagnoseMachine(process.cwd()), yield* executorFinding]
    const rest = yield* Effect.gen(function* () {
      const settings = Option.isSome(config)
        ? Option.some(yield* settingsOf({ config: config.value, set: [] }))
        : Option.none()
      return yield* withLog(Option.getOrUndefined(settings)?.broker)(diagnose(settings))
    }).pipe(
      Effect.catch((error) => {
        const bad: Finding = { subject: "event log", verdict: "bad", detail: error.message }
        return Effect.succeed([bad])
      })
    )
    const findings = [...machine, ...rest]
    const bad = findings.filter(({ verdict }) => verdict === "bad").length
    if (json) yield* printJson({ ok: bad === 0, findings })
    else for (const finding of findings) yield* print(line(finding))
    if (bad > 0) return yield* new CommandFailed({ detail: `${bad} of ${findings.length} checks failed` })
  })
).pipe(Command.withDescription("Check the machine, the broker, the actors and their dead letters"))
