import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import { root } from "../support.ts"
import { type ModelName, models } from "./models.ts"

/** What steps did. */
export interface StepsTaken {
  /** Of each step. */
  readonly milliseconds: ReadonlyArray<number>
  readonly loss: number
  /** Memory that the process holds, and the most that it ever held. */
  readonly bytes: number
  readonly peakBytes: number
}

/** Something that trains, in a process of its own. */
export interface Contender {
  readonly version: string
  readonly parameters: number
  readonly take: (steps: number) => Promise<StepsTaken>
  readonly end: () => Promise<void>
}

/** Why PyTorch can't take part, in one line; undefined when it can. */
export const missingTorch = (python: string): string | undefined =>
  spawnSync(python, ["-c", "import torch"], { stdio: "ignore" }).status === 0
    ? undefined
    : `${python} has no PyTorch to compare with: apt-get install python3-torch libopenblas0-pthread, or name another interpreter with --python`

export interface TorchOptions {
  readonly python: string
  /** How threads wait for each other: spinning is PyTorch's default, but slow where other processes want the cores. */
  readonly waiting: "asleep" | "spinning"
}

export const startTorch = (name: ModelName, threads: number, { python, waiting }: TorchOptions): Promise<Contender> => {
  const { batch, config, length } = models[name]
  const told = {
    vocabulary: config.vocabularySize,
    hidden: config.hiddenSize,
    intermediate: config.intermediateSize,
    layers: config.layers,
    heads: config.heads,
    key_value_heads: config.keyValueHeads,
    tied: config.tiedEmbeddings,
    batch,
    length,
    threads,
    waiting
  }
  return started(python, ["-B", join(root, "bench/torch/train.py"), JSON.stringify(told)])
}

export const startOurs = (name: ModelName, threads: number, executor: "compiled" | "wasm"): Promise<Contender> =>
  started(process.execPath, [
    join(root, "bench/training/steps.ts"),
    ...["--executor", executor, "--model", name, "--threads", String(threads)]
  ])

const started = async (command: string, args: ReadonlyArray<string>): Promise<Contender> => {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "inherit"] })
  const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()))
  const answer = answersOf(child, `${command} ${args[0]}`)
  const about = (await answer()) as Pick<Contender, "version" | "parameters">
  return {
    ...about,
    take: async (steps) => {
      child.stdin.write(`${steps}\n`)
      return (await answer()) as StepsTaken
    },
    end: () => {
      child.stdin.end()
      return ended
    }
  }
}

/** The lines of a process's output, one with each call. */
const answersOf = (child: ChildProcessByStdio<Writable, Readable, null>, name: string) => {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async (): Promise<unknown> => {
    const { done, value } = await lines.next()
    if (done === true) throw new Error(`${name} ended without an answer`)
    return JSON.parse(value)
  }
}
