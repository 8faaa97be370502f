import { parentPort, workerData } from "node:worker_threads"
import { openDecoder } from "../decoder/openDecoder.ts"
import { startScheduler } from "../scheduling/scheduler.ts"
import { packed, type Report, type Request, type ThreadSetup } from "./messages.ts"

/** The thread of an engine: the runtime blocks whoever calls it, and here nobody else is waiting. */

const report = (message: Report) => parentPort?.postMessage(message)

const detailOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

const serve = async (setup: ThreadSetup): Promise<void> => {
  const decoder = await openDecoder(setup.source, setup)
  const scheduler = startScheduler(decoder, setup.endOfText, setup.limits, {
    advanced: ({ drawn, ended, started }, load) =>
      report({ kind: "advanced", started, drawn: packed(drawn), ended, load }),
    failed: (ids, detail, load) => report({ kind: "failed", ids, detail, load })
  })

  const update = async (request: Extract<Request, { kind: "update" }>): Promise<void> => {
    try {
      scheduler.replace(await openDecoder(request.source, setup))
      report({ kind: "updated" })
    } catch (cause) {
      report({ kind: "updated", failure: detailOf(cause) })
    }
  }

  let updates = Promise.resolve()
  parentPort?.on("message", (request: Request) => {
    switch (request.kind) {
      case "generate":
        return scheduler.submit(request.id, request.job)
      case "cancel":
        return scheduler.cancel(request.id)
      case "update":
        updates = updates.then(() => update(request))
        return
      case "close":
        void updates.then(scheduler.close).finally(() => parentPort?.close())
    }
  })
  report({ kind: "opened" })
}

// Whoever starts this file gives it a setup.
serve(workerData as ThreadSetup).catch((cause) => report({ kind: "refused", detail: detailOf(cause) }))
