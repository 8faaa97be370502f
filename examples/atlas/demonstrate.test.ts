import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { checkFormat } from "../../method/answer.ts"
import { temporaryFolder } from "../../runtime/event-log/testing/servers.ts"
import { loadExamples } from "../../runtime/training/examples/loadExamples.ts"
import { questionTypes, unseenTypes } from "./world/questions.ts"

const demonstrate = (...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "demonstrate.ts"), ...args], { encoding: "utf8" })

const typeOf = (id: string): string => id.replace(/^\d+\//, "").replace(/:.*$/, "")

layer(NodeServices.layer)("the demonstrations of the clumsy agent", (it) => {
  it.effect("are examples to imitate, of every kind of question but those kept for the tests", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [file, again] = [join(folder, "made", "first.jsonl"), join(folder, "again.jsonl")]
      const { status, stdout } = demonstrate("--out", file, "--worlds", "1")
      const { examples, format } = yield* loadExamples("sft", file)
      assert.deepStrictEqual([status, stdout, format], [0, `${file}: ${examples.length} demonstrations\n`, "jsonl"])
      const types = new Set(examples.map(({ id }) => typeOf(id)))
      const wanted = questionTypes.map(({ name }) => name).filter((name) => !unseenTypes.has(name))
      assert.deepStrictEqual([...types], wanted)
      for (const { id, loss, system, text, user } of examples) {
        assert.deepStrictEqual([checkFormat(text), system], [{ ok: true }, ""], id)
        assert.isTrue(user.endsWith("?"))
        for (const { end, start } of loss) assert.notInclude(text.slice(start, end), "<result>")
        assert.strictEqual(loss.at(-1)?.end, text.length)
      }

      demonstrate("--out", again, "--worlds", "1")
      const made = readFileSync(file, "utf8")
      assert.isTrue(readFileSync(again, "utf8") === made, "the same seed gives the same bytes")
      demonstrate("--out", again, "--worlds", "1", "--seed", "5")
      const answers = (text: string) => text.match(/boxed\{ [^}]* \}/g)?.join()
      assert.notStrictEqual(answers(readFileSync(again, "utf8")), answers(made))
    })
  )

  it.effect.each(["--worlds=many", "--seed=1234"])("are refused with %s", (wrong) =>
    Effect.gen(function* () {
      const out = join(yield* temporaryFolder, "none.jsonl")
      const { status, stderr, stdout } = demonstrate("--out", out, wrong)
      assert.deepStrictEqual(
        [status, stderr, stdout],
        [2, "--worlds and --seed: expected whole numbers of up to three digits\n", ""]
      )
      assert.isFalse(existsSync(out))
    })
  )
})
