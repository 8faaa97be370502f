import { Effect } from "effect"
import { logIn, planIn, train } from "./scripted.ts"

/** Trains in the folder that is named, so many steps of so many milliseconds each; to be killed on the way. */
const [folder = "", stepTakes = "", steps = ""] = process.argv.slice(2)

const training = train(planIn(folder), { steps: Number(steps), stepTakes: Number(stepTakes) })
Effect.runFork(Effect.provide(training, logIn(folder)))
