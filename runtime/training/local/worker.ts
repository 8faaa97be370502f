import { parentPort, workerData } from "node:worker_threads"
import { openTraining, type TrainingData } from "./localTraining.ts"
import type { LegAnswer, LegOrder } from "./messages.ts"

/**
 * The thread that trains: the runtime blocks it while a step is computed. It serves one training and stays ready to go on with
 * it, so that a leg which follows the last one reads nothing from the disk.
 */
const port = parentPort
if (port === null) throw new Error("worker.ts is the code of a thread")

const data: TrainingData = workerData
const answer = (message: LegAnswer) => port.postMessage(message)

let training = openTraining(data)
// Whoever asks for a leg hears of it.
training.catch(() => undefined)

const run = async ({ from }: LegOrder): Promise<void> => {
  const opened = await training
  // Without a checkpoint there is nothing to go back to but the beginning.
  if (from === undefined && opened.step() !== 0) training = openTraining(data)
  const current = await training
  if (from !== undefined && current.step() !== from.step) await current.restore(from)
  const outcome = await current.leg((report) => answer({ kind: "step", report }))
  answer({ kind: "done", outcome: { overview: current.overview, ...outcome } })
}

port.on("message", (order: LegOrder) => {
  run(order).catch((cause: unknown) => {
    const [detail = "it failed without a word"] = (cause instanceof Error ? cause.message : String(cause)).split("\n")
    answer({ kind: "failed", detail, retryable: mayPass(detail) })
  })
})

/** What the machine lacks now may be there later; a wrong file stays wrong. */
const mayPass = (detail: string): boolean =>
  /ENOSPC|EDQUOT|EMFILE|no space is left|bad_alloc|allocate memory|out of memory/i.test(detail)
