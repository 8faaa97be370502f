import { adapterShapes, type LoraConfig } from "../../models/qwen2/adapter.ts"
import { parameterShapes, type Qwen2Config } from "../../models/qwen2/config.ts"
import type { DecoderWeights } from "../../models/qwen2/decoder.ts"
import type { Tensors } from "../../tensors/program.ts"

/** What is trained: a decoder, all of it or an adapter beside it. */
export interface TrainedPolicy {
  readonly config: Qwen2Config
  readonly lora: LoraConfig | undefined
}

type Shapes = Readonly<Record<string, ReadonlyArray<number>>>

/** The tensors that training changes, with their shapes. */
export const trainedShapes = ({ config, lora }: TrainedPolicy): Shapes =>
  lora === undefined ? parameterShapes(config) : adapterShapes(config, lora)

/** The tensors that are only read. */
export const frozenShapes = ({ config, lora }: TrainedPolicy): Shapes =>
  lora === undefined ? {} : parameterShapes(config)

/** Puts tensors, by their names, where the decoder looks for them. */
export const decoderWeights = ({ lora }: TrainedPolicy, tensors: Tensors): DecoderWeights =>
  lora === undefined
    ? { parameters: tensors }
    : { parameters: tensors, adapter: { tensors, scale: lora.alpha / lora.rank } }

/** Names under which an executor keeps what belongs to a trained tensor. */
export const stateNames = {
  mean: (name: string) => `mean:${name}`,
  squares: (name: string) => `squares:${name}`,
  gradient: (name: string) => `gradient:${name}`
} as const
