/**
 * The shape of a Qwen2 or Qwen2.5 decoder (Qwen2 Technical Report, arXiv 2407.10671): pre-norm RMSNorm, rotary positions,
 * grouped-query attention with biases on q, k and v, SwiGLU. All counts are of what their names say; sizes are of vectors.
 */
export interface Qwen2Config {
  readonly vocabularySize: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  /** Divides `heads`; the same number for plain multi-head attention. */
  readonly keyValueHeads: number
  /** `hiddenSize / heads`. Even: rotary positions turn its halves against each other. */
  readonly headSize: number
  readonly ropeTheta: number
  readonly normEpsilon: number
  /** Whether the head that reads out logits is the embedding itself. */
  readonly tiedEmbeddings: boolean
  /** Longest sequence the model was made for, in tokens. */
  readonly maxPositions: number
}

/** Values of one parameter or of all of them, by their Hugging Face names, row-major. */
export type Weights = Readonly<Record<string, Float32Array>>

/** The linear layers of one decoder layer, in the order of the file format, with their inputs and outputs. */
const linearLayers = (config: Qwen2Config) => {
  const queries = config.heads * config.headSize
  const keys = config.keyValueHeads * config.headSize
  return [
    { name: "self_attn.q_proj", out: queries, in: config.hiddenSize, bias: true },
    { name: "self_attn.k_proj", out: keys, in: config.hiddenSize, bias: true },
    { name: "self_attn.v_proj", out: keys, in: config.hiddenSize, bias: true },
    { name: "self_attn.o_proj", out: config.hiddenSize, in: queries, bias: false },
    { name: "mlp.gate_proj", out: config.intermediateSize, in: config.hiddenSize, bias: false },
    { name: "mlp.up_proj", out: config.intermediateSize, in: config.hiddenSize, bias: false },
    { name: "mlp.down_proj", out: config.hiddenSize, in: config.intermediateSize, bias: false }
  ] as const
}

/** The names by which LoRA targets the linear layers: the last part of theirs, as PEFT matches them. */
export const linearNames = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const

/** A linear layer by its full name, with the sizes of what it reads and writes. */
export interface LinearLayer {
  readonly name: string
  readonly in: number
  readonly out: number
  readonly bias: boolean
}

/** Every linear layer of the decoder by its full name (`model.layers.0.self_attn.q_proj`); the head is none of them. */
export const linears = (config: Qwen2Config): ReadonlyArray<LinearLayer> =>
  Array.from({ length: config.layers }, (_, layer) =>
    linearLayers(config).map((linear) => ({ ...linear, name: `model.layers.${layer}.${linear.name}` }))
  ).flat()

/**
 * Every parameter with its shape, named and laid out as Hugging Face's Qwen2 checkpoints do: a linear layer is
 * `[out, in]`. With tied embeddings there is no `lm_head.weight`.
 */
export const parameterShapes = (config: Qwen2Config): Readonly<Record<string, ReadonlyArray<number>>> => {
  const shapes: Record<string, ReadonlyArray<number>> = {
    "model.embed_tokens.weight": [config.vocabularySize, config.hiddenSize]
  }
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`
    for (const linear of linearLayers(config)) {
      shapes[`${prefix}.${linear.name}.weight`] = [linear.out, linear.in]
      if (linear.bias) shapes[`${prefix}.${linear.name}.bias`] = [linear.out]
    }
    shapes[`${prefix}.input_layernorm.weight`] = [config.hiddenSize]
    shapes[`${prefix}.post_attention_layernorm.weight`] = [config.hiddenSize]
  }
  shapes["model.norm.weight"] = [config.hiddenSize]
  if (!config.tiedEmbeddings) shapes["lm_head.weight"] = [config.vocabularySize, config.hiddenSize]
  return shapes
}

/** How many numbers a shape holds. */
export const sizeOf = (shape: ReadonlyArray<number>): number => shape.reduce((product, size) => product * size, 1)

/** How many parameters the model has; tied embeddings count once. */
export const parameterCount = (config: Qwen2Config): number =>
  Object.values(parameterShapes(config)).reduce((sum, shape) => sum + sizeOf(shape), 0)
