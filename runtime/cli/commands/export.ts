import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { count } from "../../../projections/evaluation/format.ts"
import type { WeightType } from "../../models/qwen2/safetensorsHeader.ts"
import type { ExportFormat } from "../../system/exportModel.ts"
import { CommandFailed } from "../commandFailed.ts"
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
      Flag.optional
    ),
    onnx: Flag.Boolean("onnx").pipe(
      Flag.withDescription("Write onnx/model.onnx with a key-value cache, for ONNX Runtime and Transformers.js"),
      Flag.withDefault(false)
    ),
    int8: Flag.Boolean("int8").pipe(
      Flag.withDescription("With --onnx: the weights of linear layers in 8 bits"),
      Flag.withDefault(false)
    )
  },
  Effect.fn("export")(function* ({ model, adapter, out, ...flags }) {
    const { json } = yield* root
    const format = yield* formatOf(flags)
    const { exportModel } = yield* Effect.promise(() => import("../../system/exportModel.ts"))
    const exported = yield* exportModel({ model, adapter: Option.getOrUndefined(adapter), out, format })
    if (json) {
      const { folder, ...rest } = exported
      return yield* printJson({ path: folder, ...rest })
    }
    const written = format.kind === "onnx" ? `ONNX, ${format.precision}` : format.type
    yield* print(`${count(exported.parameters)} parameters as ${written} in ${fromHere(exported.folder)}`)
    yield* print(`  ${exported.sha256}`)
  })
).pipe(
  Command.withDescription("Write a model as a folder of its own: an adapter merged, in another number format, as ONNX")
)

interface FormatFlags {
  readonly dtype: Option.Option<WeightType>
  readonly onnx: boolean
  readonly int8: boolean
}

/** The format that the flags mean, if they fit together. */
const formatOf = ({ dtype, onnx, int8 }: FormatFlags): Effect.Effect<ExportFormat, CommandFailed> => {
  const fail = (detail: string) => new CommandFailed({ detail })
  if (!onnx) {
    return int8
      ? fail("--int8 is for --onnx: give both, or --dtype for another number format")
      : Effect.succeed({ kind: "safetensors", type: Option.getOrElse(dtype, () => "float32" as const) })
  }
  return Option.isSome(dtype) && dtype.value !== "float32"
    ? fail("--dtype: weights in ONNX are float32, or 8 bits with --int8; leave --dtype out")
    : Effect.succeed({ kind: "onnx", precision: int8 ? "int8" : "float32" })
}
