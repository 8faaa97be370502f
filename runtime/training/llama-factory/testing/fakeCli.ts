import { join } from "node:path"
import { writeProgram } from "../../external/testing/folders.ts"

/**
 * A stand-in for `llamafactory-cli` that trains nothing and writes what the real one writes, at the same places and in the same
 * order: a checkpoint every second step of six, the trainer's log, the printed metrics among a progress bar, the state, and the
 * model, or an adapter and what it is merged into.
 *
 * `FAKE` says what goes wrong: `crash` after step 3; `hang` after step 3, with a child of its own in another session whose
 * number is in `worker.pid`; `broken` leaves an incomplete checkpoint and crashes; `diverge` makes step 5's loss no number.
 */
const source = `
const fs = require("node:fs")
const { spawn } = require("node:child_process")
const [command, yaml, ...overrides] = process.argv.slice(2)
const settings = Object.fromEntries(
  fs.readFileSync(yaml, "utf8").trim().split("\\n").map((line) => line.split(/: (.*)/s).slice(0, 2)))
fs.appendFileSync("commands.txt", [command, yaml, ...overrides].join(" ") + "\\n")
const model = (folder) => {
  fs.mkdirSync(folder, { recursive: true })
  for (const name of ["model.safetensors", "config.json", "tokenizer.json"]) {
    fs.copyFileSync(settings.model_name_or_path + "/" + name, folder + "/" + name)
  }
}
if (command === "export") {
  model(settings.export_dir)
  process.exit(0)
}
const out = settings.output_dir
const total = 6
const history = []
const state = (folder) => fs.writeFileSync(folder + "/trainer_state.json", JSON.stringify({ log_history: history }))
const resumed = overrides.map((text) => /checkpoint-(\\d+)$/.exec(text)).find(Boolean)
if (resumed) history.push(...JSON.parse(fs.readFileSync(out + "/checkpoint-" + resumed[1] + "/trainer_state.json")).log_history)
fs.mkdirSync(out, { recursive: true })
const mode = process.env.FAKE
const fail = () => {
  console.error("[rank0]: Traceback (most recent call last):\\n[rank0]: torch.OutOfMemoryError: CUDA out of memory.")
  console.error("torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ")
  process.exit(1)
}
const trainFrom = async (first) => {
  for (let step = first; step <= total; step++) {
    const loss = mode === "diverge" && step === 5 ? "NaN" : 1 / step
    const [epoch, norm] = [step / 2, 2 / step]
    history.push({ step, loss: 1 / step, grad_norm: norm, learning_rate: 1e-6, epoch, "rewards/margins": step / 10 })
    process.stderr.write("\\r " + step + "/" + total + " [00:01<00:01]")
    console.log("\\r              \\r{'loss': " + (loss === "NaN" ? "nan" : loss) + ", 'grad_norm': " + norm + ", 'epoch': " + epoch + "}")
    fs.appendFileSync(out + "/trainer_log.jsonl",
      '{"current_steps": ' + step + ', "total_steps": ' + total + ', "loss": ' + loss + ', "lr": 1e-06, "epoch": ' + epoch +
      ', "throughput": 50.5, "total_tokens": ' + 100 * step + "}\\n")
    if (step % 2 === 0) {
      const checkpoint = out + "/checkpoint-" + step
      fs.mkdirSync(checkpoint, { recursive: true })
      state(checkpoint)
    }
    if (step === 3 && mode === "crash") fail()
    if (step === 5 && mode === "broken") {
      fs.mkdirSync(out + "/checkpoint-5")
      fail()
    }
    if (step === 3 && mode === "hang") {
      const worker = spawn("/bin/sleep", ["600"], { detached: true, stdio: "ignore" })
      fs.writeFileSync("worker.pid", String(worker.pid))
      await new Promise((resolve) => setTimeout(resolve, 600_000))
    }
  }
  fs.appendFileSync(out + "/trainer_log.jsonl", '{"current_steps": 6, "total_steps": 6, "epoch": 3.0, "percentage": 100.0}\\n')
  state(out)
  if (settings.finetuning_type === "lora") {
    fs.copyFileSync(settings.model_name_or_path + "/model.safetensors", out + "/adapter_model.safetensors")
    fs.writeFileSync(out + "/adapter_config.json", "{}")
  } else model(out)
}
trainFrom(resumed ? Number(resumed[1]) + 1 : 1)
`

/** Writes the stand-in into a folder. */
export const fakeCli = (folder: string): string => writeProgram(join(folder, "llamafactory-cli"), source)
