import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { trainingRequest } from "../../../../actors/trainer/testing/request.ts"
import { type Script, scriptedEngine } from "../../../../actors/trainer/testing/scriptedEngine.ts"
import { TrainingEngine } from "../../../../actors/trainer/trainingEngine.ts"
import { loadSettings } from "../../../../config/load.ts"
import { logOver } from "../../../event-log/testing/servers.ts"
import type { TrainingPlan } from "../planTraining.ts"
import { trainPolicy } from "../trainPolicy.ts"

const { trainingId } = trainingRequest("")

/** A training in a folder that holds its log and its output: two of the same folder are the same. */
export const planIn = (folder: string, name = "out"): TrainingPlan => ({
  request: trainingRequest(join(folder, name)),
  runId: trainingId
})

const settings = loadSettings({
  config: "quickstart",
  set: ["actors.trainer.ackWait=400 millis", "actors.trainer.backoff=[20 millis]", "actors.trainer.maxDeliver=2"],
  workingFolder: process.cwd()
})

/** Trains by a script in this process, as the command does. */
export const train = Effect.fnUntraced(function* (plan: TrainingPlan, script: Script) {
  return yield* trainPolicy(plan, yield* settings, () => Effect.void).pipe(
    Effect.provideService(TrainingEngine, scriptedEngine(script))
  )
}, Effect.provide(NodeServices.layer))

/** The log of a folder. */
export const logIn = (folder: string) => logOver({ kind: "embedded", dataDir: join(folder, "log") })
