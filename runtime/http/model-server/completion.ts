import { Effect, Stream } from "effect"
import type {
  EngineError,
  GenerationChunk,
  GenerationEngine,
  GenerationJob,
  TokenLogProb
} from "../../models/onnx/generationEngine.ts"

/** The last thing a generation says. */
export type Finished = Extract<GenerationChunk, { readonly kind: "finished" }>

/** A sequence as far as it was generated. */
export interface Progress {
  /** Without the stop string. */
  readonly text: string
  /** Those of the stop string included. */
  readonly tokens: ReadonlyArray<TokenLogProb>
  readonly finished: Finished | undefined
}

/** A sequence that was generated to its end. */
export interface Completion extends Progress {
  readonly finished: Finished
}

/** What the chunks of one sequence amount to. */
export const progressOf = (chunks: ReadonlyArray<GenerationChunk>): Progress => {
  const tokens: Array<TokenLogProb> = []
  let text = ""
  let finished: Finished | undefined
  for (const chunk of chunks) {
    if (chunk.kind === "finished") finished = chunk
    else {
      text += chunk.text
      for (const token of chunk.tokens) tokens.push(token)
    }
  }
  return { text, tokens, finished }
}

/** One of the sequences that a request asks for. */
export interface Sequence {
  readonly job: GenerationJob
}

/**
 * Sequences of one request that are generated at the same time; the others of it come after. So a request with a long list
 * does not fill the queue that all clients share.
 */
const concurrency = 64

/**
 * Generates all sequences of a request and tells each as soon as it is complete; the answers are in the order of the request.
 * The first failure takes the others out of the batch.
 */
export const generateAll = <S extends Sequence, A>(
  engine: GenerationEngine,
  sequences: ReadonlyArray<S>,
  tell: (sequence: S, completion: Completion) => A
): Effect.Effect<ReadonlyArray<A>, EngineError> =>
  Effect.forEach(
    sequences,
    (sequence) =>
      Effect.flatMap(Stream.runCollect(engine.generate(sequence.job)), (chunks) => {
        const { finished, text, tokens } = progressOf(chunks)
        return finished === undefined
          ? Effect.die(new Error("the engine ended a sequence without saying how"))
          : Effect.succeed(tell(sequence, { text, tokens, finished }))
      }),
    { concurrency }
  )

/**
 * Generates all sequences of a request and tells of each chunk as it comes.
 *
 * @param telling is called once for each sequence, for the function that tells of its chunks in turn
 */
export const streamAll = <S extends Sequence, A>(
  engine: GenerationEngine,
  sequences: ReadonlyArray<S>,
  telling: (sequence: S) => (chunk: GenerationChunk) => A
): Stream.Stream<A, EngineError> =>
  Stream.mergeAll(
    sequences.map((sequence) => Stream.suspend(() => Stream.map(engine.generate(sequence.job), telling(sequence)))),
    { concurrency }
  )
