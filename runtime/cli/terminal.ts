import { Clock, Console, Effect, type Scope } from "effect"

/** Results go to stdout, everything a person watches goes to stderr: so a command's output can be piped. */

/** One line of the answer. */
export const print = (text: string): Effect.Effect<void> => Console.log(text)

/** One line for whoever watches. */
export const note = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stderr.write(`${text}\n`))

/** The machine's answer: one line of JSON, the last on stdout. */
export const printJson = (value: unknown): Effect.Effect<void> => Console.log(JSON.stringify(value))

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`

const bar = (done: number, total: number): string => {
  const width = 24
  const filled = total === 0 ? 0 : Math.min(width, Math.round((done / total) * width))
  return `${"█".repeat(filled)}${"░".repeat(width - filled)}`
}

/** Where a long work stands. */
export interface Standing {
  readonly done: number
  readonly total: number
  readonly detail: string
}

/**
 * Shows how a long work gets on for as long as the scope lives: one line that is redrawn on a terminal, a line every ten
 * seconds elsewhere.
 */
export const showProgress = (label: string, standing: () => Standing): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const begun = yield* Clock.currentTimeMillis
    const live = process.stderr.isTTY === true
    const draw = Effect.gen(function* () {
      const { done, total, detail } = standing()
      const elapsed = (yield* Clock.currentTimeMillis) - begun
      const text = `${label} ${bar(done, total)} ${done}/${total} · ${detail} · ${seconds(elapsed)}`
      const columns = process.stderr.columns ?? 120
      yield* Effect.sync(
        () => void process.stderr.write(live ? `\r\u001b[2K${text.slice(0, columns - 1)}` : `${text}\n`)
      )
    })
    yield* Effect.addFinalizer(() =>
      draw.pipe(Effect.andThen(Effect.sync(() => void (live ? process.stderr.write("\n") : 0))))
    )
    yield* draw.pipe(
      Effect.andThen(Effect.sleep(live ? "100 millis" : "10 seconds")),
      Effect.forever,
      Effect.forkScoped
    )
  })
