import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { count } from "../../../projections/evaluation/format.ts"
import { root } from "../root.ts"
import { print, printJson } from "../terminal.ts"
import { fromHere } from "../training/outcome.ts"

export const exportCommand = Command.make(
  "export",
  {
    model: Flag.String("model").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("A model's folder, in Hugging Face's layout")
    ),
    adapter: Flag.String("adapter").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("A LoRA adapter in PEFT's layout, to be merged into the model"),
      Flag.optional
    ),
    out: Flag.String("out").pipe(Flag.withMetavar("DIR"), Flag.withDescription("Folder of the exported model")),
    dtype: Flag.Literals("dtype", ["float32", "float16", "bfloat16"]).pipe(
      Flag.withDescription("Number format of the weights (default: float32)"),
      Flag.withDefault("float32" as const)
    )
  },
  Effect.fn("export")(function* ({ model, adapter, out, dtype }) {
    const { json } = yield* root
    const { exportModel } = yield* Effect.promise(() => import("../../system/exportModel.ts"))
    const exported = yield* exportModel({ model, adapter: Option.getOrUndefined(adapter), out, type: dtype })
    if (json)
      return yield* printJson({ path: exported.folder, sha256: exported.sha256, parameters: exported.parameters })
    yield* print(`${count(exported.parameters)} parameters as ${dtype} in ${fromHere(exported.folder)}`)
    yield* print(`  ${exported.sha256}`)
  })
).pipe(Command.withDescription("Write a model as a folder of its own: an adapter merged, or in another number format"))
