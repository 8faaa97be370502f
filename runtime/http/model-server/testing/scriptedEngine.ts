import { Effect, Stream } from "effect"
import {
  EngineError,
  type GenerationChunk,
  type GenerationEngine,
  type GenerationJob,
  type TokenLogProb
} from "../../../models/onnx/generationEngine.ts"

export interface Script {
  /** What the model writes after a prompt, before it ends the text. */
  readonly reply?: (prompt: string, seed: number | undefined) => string
  /** Milliseconds for each token. */
  readonly pace?: number
  /** Sequences it takes at once; the next one finds it busy. */
  readonly places?: number
  /** The token, counted from 1, at which every sequence fails. */
  readonly failsAt?: number
  /** Tokens of prompt and answer together, 256 if not given. */
  readonly context?: number
}

/** An engine that writes what a function says, and what it saw of its clients. */
export interface ScriptedEngine extends GenerationEngine {
  readonly running: () => number
  /** Jobs that came. */
  readonly jobs: () => ReadonlyArray<GenerationJob>
  /** Sequences that were given up by their client. */
  readonly interrupted: () => number
  /** Tokens it gave to whoever reads its streams. */
  readonly given: () => number
  /** Folders whose weights it went on with. */
  readonly folders: () => ReadonlyArray<string>
}

/** Each character is a token, and its id its code point. */
const encode = (text: string): ReadonlyArray<number> => [...text].map((character) => character.codePointAt(0) ?? 0)
const decode = (tokens: ReadonlyArray<number>): string => String.fromCodePoint(...tokens)

/** The token that ends a text: U+0003, end of text. */
export const endOfText = 3

/** −0.01 for each step of the id in its hundred; the alternatives are the ids after it, each less likely by one. */
const told = (id: number, top: number): TokenLogProb => {
  const logProb = -(id % 100) / 100
  return { id, logProb, top: Array.from({ length: top }, (_, rank) => ({ id: id + rank, logProb: logProb - rank })) }
}

/** A model that is acted by a script. */
export const scriptedEngine = (script: Script = {}): ScriptedEngine => {
  const { context = 256, failsAt, pace = 0, places = 64, reply = () => "ok" } = script
  const jobs: Array<GenerationJob> = []
  const folders: Array<string> = []
  const totals = { running: 0, interrupted: 0, promptTokens: 0, completionTokens: 0 }
  const model = { name: "scripted", vocabularySize: 0x110000, maxPositions: context, endOfText: [endOfText] }

  const generate = (job: GenerationJob): Stream.Stream<GenerationChunk, EngineError> => {
    jobs.push(job)
    if (job.prompt.length + job.sampling.maxNewTokens > model.maxPositions) {
      return refused("too-long", `${job.prompt.length} + ${job.sampling.maxNewTokens} tokens exceed the context`)
    }
    if (totals.running >= places) return refused("busy", "the queue is full")
    totals.running++
    const chunks = played(job, reply(decode(job.prompt), job.sampling.seed))
    const tokens = chunks.length - 1
    let number = 0
    return Stream.fromIterable(chunks).pipe(
      Stream.rechunk(1),
      Stream.mapEffect((chunk) => {
        if (++number === failsAt)
          return Effect.fail(new EngineError({ reason: "failed", detail: "the script fails here" }))
        if (number <= tokens) totals.completionTokens++
        return Effect.as(pace > 0 ? Effect.sleep(pace) : Effect.void, chunk)
      }),
      Stream.onExit((exit) =>
        Effect.sync(() => {
          totals.running--
          totals.promptTokens += job.prompt.length
          if (exit._tag === "Failure" && number !== failsAt) totals.interrupted++
        })
      )
    )
  }

  return {
    model,
    text: {
      encode,
      decode,
      renderChat: (messages) => {
        const unknown = messages.find(({ role }) => !["system", "user", "assistant"].includes(role))
        if (unknown !== undefined) throw new Error(`unknown role ${unknown.role}`)
        return `${messages.map(({ content, role }) => `<${role}>${content}\n`).join("")}<assistant>`
      }
    },
    generate,
    stats: Effect.sync(() => ({
      ...totals,
      waiting: 0,
      cachedTokens: 0,
      cacheCapacity: 1024,
      cacheUsed: 0
    })),
    updateWeights: (folder) =>
      folder.endsWith("other-shape")
        ? Effect.fail(new EngineError({ reason: "failed", detail: `${folder}: expected 2 layers, found 3` }))
        : Effect.sync(() => void folders.push(folder)),
    running: () => totals.running,
    jobs: () => jobs,
    interrupted: () => totals.interrupted,
    given: () => totals.completionTokens,
    folders: () => folders
  }
}

const refused = (reason: EngineError["reason"], detail: string) => Stream.fail(new EngineError({ reason, detail }))

/** The chunks of a whole sequence, a token each. */
const played = ({ logProbs, prompt, sampling }: GenerationJob, written: string): ReadonlyArray<GenerationChunk> => {
  const top = logProbs?.top ?? 0
  const limit = sampling.maxNewTokens
  const stop = firstStop(written, sampling.stop)
  const kept = stop === undefined ? written : written.slice(0, stop.at + stop.matched.length)
  const ids = stop === undefined ? [...encode(kept), endOfText] : encode(kept)
  const ended = ids.length <= limit
  const shown = ended ? (stop?.at ?? kept.length) : limit
  const tokens = ids.slice(0, limit)
  return [
    ...tokens.map(
      (id, at): GenerationChunk => ({
        kind: "tokens",
        text: at < shown ? decode([id]) : "",
        tokens: [told(id, top)]
      })
    ),
    {
      kind: "finished",
      reason: ended ? { type: "stop", matched: stop?.matched ?? endOfText } : { type: "length" },
      promptTokens: prompt.length,
      cachedTokens: Math.min(1, prompt.length - 1),
      completionTokens: tokens.length,
      ...(logProbs?.promptFrom !== undefined && {
        promptLogProbs: prompt
          .map((id, at) => (at === 0 ? { id, logProb: null, top: [] } : told(id, top)))
          .slice(logProbs.promptFrom)
      })
    }
  ]
}

const firstStop = (text: string, stops: ReadonlyArray<string>) => {
  const found = stops.map((matched) => ({ at: text.indexOf(matched), matched })).filter(({ at }) => at >= 0)
  return found.toSorted((a, b) => a.at - b.at)[0]
}
