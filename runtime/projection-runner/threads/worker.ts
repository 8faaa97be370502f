import { parentPort } from "node:worker_threads"
import { CorruptSegment } from "../segments/readSegment.ts"
import { SegmentStore } from "../segments/segmentStore.ts"
import { type DatasetOrder, datasetsTask } from "../tasks/datasets.ts"
import { historyTask } from "../tasks/history.ts"
import { foldShare } from "./foldShare.ts"
import type { Answer, Assignment } from "./messages.ts"
import type { FoldedShare } from "./share.ts"

/** Whoever assigned the task took the input from it: a cast says so. */
const folding = ({ input, share, store: location, task }: Assignment): Iterator<void, FoldedShare<unknown>> => {
  const store = new SegmentStore(location)
  switch (task) {
    case historyTask.name:
      return foldShare(historyTask, undefined, store, share)
    case datasetsTask.name:
      return foldShare(datasetsTask, input as ReadonlyArray<DatasetOrder>, store, share)
    default:
      throw new Error(`threads know no task called ${task}`)
  }
}

const answer = (assignment: Assignment): Answer => {
  try {
    const steps = folding(assignment)
    while (true) {
      const step = steps.next()
      if (step.done === true) return { kind: "folded", folded: step.value }
    }
  } catch (error) {
    if (error instanceof CorruptSegment) return { kind: "corrupt", segment: error.segment, detail: error.detail }
    return { kind: "failed", detail: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

parentPort?.once("message", (assignment: Assignment) => {
  parentPort?.postMessage(answer(assignment))
})
