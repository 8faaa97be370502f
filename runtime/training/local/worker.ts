import { parentPort } from "node:worker_threads"
import { openExecutor } from "../../tensors/executors.ts"
import { type LocalTraining, openTraining, type TrainingData } from "./localTraining.ts"
import type { LegAnswer, LegOrder, TrainingOrder } from "./messages.ts"

/**
 * The thread that trains: the runtime blocks it while a step is computed. It serves one training at a time and stays ready to go on
 * with it, so that a leg which follows the last one reads nothing from the disk. What it computes with outlasts the
 * training: the next one of the same shapes finds its programs compiled.
 */
const port = parentPort
if (port === null) throw new Error("worker.ts is the code of a thread")

const answer = (message: LegAnswer) => port.postMessage(message)

const executor = openExecutor("auto")
let given: TrainingData | undefined
let training: Promise<LocalTraining> | undefined

const open = async (): Promise<LocalTraining> => {
  if (given === undefined) throw new Error("a leg was asked for before its training")
  return openTraining(given, (await executor).executor)
}

const begin = ({ data }: TrainingOrder): void => {
  given = data
  void release(training)
  training = undefined
}

/** What failed has nothing to give back. */
const release = async (ended: Promise<LocalTraining> | undefined): Promise<void> => {
  const opened = await ended?.catch(() => undefined)
  await opened?.release()
}

const run = async ({ from }: LegOrder): Promise<void> => {
  training ??= open()
  const opened = await training
  // Without a checkpoint there is nothing to go back to but the beginning.
  if (from === undefined && opened.step() !== 0) {
    await opened.release()
    training = open()
  }
  const current = await training
  if (from !== undefined && current.step() !== from.step) await current.restore(from)
  const outcome = await current.leg((report) => answer({ kind: "step", report }))
  answer({ kind: "done", outcome: { overview: current.overview, ...outcome } })
}

port.on("message", (order: TrainingOrder | LegOrder) => {
  if (order.kind === "training") return begin(order)
  run(order).catch((cause: unknown) => {
    const [detail = "it failed without a word"] = (cause instanceof Error ? cause.message : String(cause)).split("\n")
    answer({ kind: "failed", detail, retryable: mayPass(detail) })
  })
})

/** What the machine lacks now may be there later; a wrong file stays wrong. */
const mayPass = (detail: string): boolean =>
  /ENOSPC|EDQUOT|EMFILE|no space is left|bad_alloc|allocate memory|out of memory/i.test(detail)
