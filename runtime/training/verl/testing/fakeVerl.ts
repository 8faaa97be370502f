import { join } from "node:path"
import { writeProgram } from "../../external/testing/folders.ts"

/**
 * A stand-in for a Python that has verl: it keeps its arguments in `arguments.json`, prints a line of metrics for every step
 * as Ray does, and writes checkpoints as verl does, going on from the last one.
 *
 * `FAKE` says what goes wrong: `no-verl` has no such module, `crash` fails after step 1, `diverge` has no number in step 2.
 */
const source = `
const fs = require("node:fs")
const [flag, what, ...overrides] = process.argv.slice(2)
const mode = process.env.FAKE
if (flag === "-c") process.exit(mode === "no-verl" ? 1 : 0)
fs.writeFileSync("arguments.json", JSON.stringify([flag, what, ...overrides]))
const config = Object.fromEntries(overrides.map((text) => text.split(/=(.*)/s).slice(0, 2)))
const text = (key) => config[key].replace(/^'(.*)'$/s, "$1")
const folder = text("trainer.default_local_dir")
const tracker = folder + "/latest_checkpointed_iteration.txt"
const total = Number(config["trainer.total_training_steps"])
console.log("(TaskRunner pid=1) Total training steps: " + total)
const first = fs.existsSync(tracker) ? Number(fs.readFileSync(tracker, "utf8")) + 1 : 1
for (let step = first; step <= total; step++) {
  const loss = mode === "diverge" && step === 2 ? "nan" : -0.1 * step
  console.log("(TaskRunner pid=1) step:" + step + " - actor/pg_loss:" + loss + " - actor/kl_loss:0.002 - actor/kl_coef:0.001 - " +
    "actor/grad_norm:0.5 - actor/lr:1e-06 - critic/rewards/mean:np.float64(" + step / 10 + ") - " +
    "perf/total_num_tokens:1000 - perf/time_per_step:2.0")
  if (step % Number(config["trainer.save_freq"]) === 0 || step === total) {
    const model = folder + "/global_step_" + step + "/actor/huggingface"
    fs.mkdirSync(model, { recursive: true })
    for (const name of ["model.safetensors", "config.json", "tokenizer.json"]) {
      fs.copyFileSync(text("actor_rollout_ref.model.path") + "/" + name, model + "/" + name)
    }
    fs.writeFileSync(tracker, String(step))
  }
  if (step === 1 && mode === "crash") {
    console.error("ray.exceptions.RayTaskError(RuntimeError): ray::TaskRunner.run() (pid=1, ip=10.0.0.7)")
    console.error("RuntimeError: the reward service refused a trajectory")
    process.exit(1)
  }
}
`

/** Writes the stand-in into a folder. */
export const fakeVerl = (folder: string): string => writeProgram(join(folder, "python3"), source)
