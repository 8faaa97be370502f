import { open, stat } from "node:fs/promises"
import { Effect, type Scope } from "effect"
import type { StepReport } from "../../../actors/trainer/trainingEngine.ts"
import { lineSplitter } from "../external/lines.ts"
import { type LoggedStep, readLoggedStep, type StepDetails, stepReport } from "./trainerLog.ts"
import { readPrinted } from "./trainerState.ts"

/** How often the log is looked at. */
const interval = "500 millis"

/**
 * Reports the steps of a running training as its log tells them, for as long as the scope lives. What the log leaves out is on
 * the console, one line for each step in the same order: hand its lines to the function that this returns.
 */
export const watchSteps = Effect.fnUntraced(function* (
  log: string,
  report: (step: StepReport) => Effect.Effect<void>
): Effect.fn.Return<(line: string) => Effect.Effect<void>, never, Scope.Scope> {
  const logged: Array<LoggedStep> = []
  const printed: Array<StepDetails> = []
  let told = 0
  let at = yield* Effect.promise(() => sizeOf(log))
  const splitter = lineSplitter((line) => {
    const step = readLoggedStep(line)
    if (step !== undefined) logged.push(step)
  })

  const look = Effect.gen(function* () {
    const bytes = yield* Effect.promise(() => readFrom(log, at))
    at += bytes.length
    splitter.push(bytes)
    while (true) {
      const [step, details] = [logged[told], printed[told]]
      if (step === undefined || details === undefined) return
      const known = stepReport(step, logged[told - 1], details)
      told++
      if (known !== undefined) yield* report(known)
    }
  })

  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(interval), look)))
  yield* Effect.addFinalizer(() => look)
  return (line) =>
    Effect.sync(() => {
      const details = readPrinted(line)
      if (details !== undefined) printed.push(details)
    })
})

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0
  )

/** What was appended to a file; nothing when it can't be read (yet). */
const readFrom = async (file: string, start: number): Promise<Buffer> => {
  const size = await sizeOf(file)
  if (size <= start) return Buffer.alloc(0)
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
