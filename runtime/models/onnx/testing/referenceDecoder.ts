import type { Qwen2Config, Weights } from "../../qwen2/config.ts"

type Vector = ReadonlyArray<number>

/**
 * The logits after every token of one sequence: a Qwen2 decoder written down from its equations, in double precision, without a
 * cache, a batch, or any code of the one that is tested.
 */
export const referenceLogits = (config: Qwen2Config, weights: Weights, tokens: ReadonlyArray<number>) => {
  const { headSize, heads, hiddenSize, keyValueHeads, normEpsilon, ropeTheta } = config
  const values = (name: string): Float32Array => {
    const found = weights[name]
    if (found === undefined) throw new Error(`no ${name}`)
    return found
  }
  const linear = (x: Vector, name: string): Vector => {
    const weight = values(`${name}.weight`)
    const bias = weights[`${name}.bias`]
    return Array.from({ length: weight.length / x.length }, (_, out) =>
      x.reduce((sum, value, i) => sum + value * (weight[out * x.length + i] ?? 0), bias?.[out] ?? 0)
    )
  }
  const norm = (x: Vector, name: string): Vector => {
    const scale = values(`${name}.weight`)
    const size = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + normEpsilon)
    return x.map((value, i) => (value / size) * (scale[i] ?? 0))
  }
  const rotated = (x: Vector, position: number): Vector => {
    const half = headSize / 2
    return x.map((value, i) => {
      const angle = position * ropeTheta ** ((-2 * (i % half)) / headSize)
      const partner = i < half ? -(x[i + half] ?? 0) : (x[i - half] ?? 0)
      return value * Math.cos(angle) + partner * Math.sin(angle)
    })
  }
  const head = (x: Vector, index: number) => x.slice(index * headSize, (index + 1) * headSize)
  const dot = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
  const add = (a: Vector, b: Vector) => a.map((value, i) => value + (b[i] ?? 0))

  const embedding = values("model.embed_tokens.weight")
  let states: ReadonlyArray<Vector> = tokens.map((token) => [
    ...embedding.subarray(token * hiddenSize, (token + 1) * hiddenSize)
  ])
  for (let layer = 0; layer < config.layers; layer++) {
    const name = (part: string) => `model.layers.${layer}.${part}`
    const normed = states.map((x) => norm(x, name("input_layernorm")))
    const [queries, keys, projected] = ["q", "k", "v"].map((part) =>
      normed.map((x) => linear(x, name(`self_attn.${part}_proj`)))
    )
    states = states.map((x, position) => {
      const attended = Array.from({ length: heads }, (_, index) => {
        const shared = Math.floor((index * keyValueHeads) / heads)
        const query = rotated(head(queries?.[position] ?? [], index), position)
        const scores = Array.from({ length: position + 1 }, (_, at) =>
          Math.exp(dot(query, rotated(head(keys?.[at] ?? [], shared), at)) / Math.sqrt(headSize))
        )
        const total = scores.reduce((sum, score) => sum + score, 0)
        return Array.from({ length: headSize }, (_, i) =>
          scores.reduce((sum, score, at) => sum + (score / total) * (projected?.[at]?.[shared * headSize + i] ?? 0), 0)
        )
      }).flat()
      const between = add(x, linear(attended, name("self_attn.o_proj")))
      const inner = norm(between, name("post_attention_layernorm"))
      const gate = linear(inner, name("mlp.gate_proj"))
      const up = linear(inner, name("mlp.up_proj"))
      const gated = gate.map((value, i) => (value / (1 + Math.exp(-value))) * (up[i] ?? 0))
      return add(between, linear(gated, name("mlp.down_proj")))
    })
  }
  return states.map((x) => linear(norm(x, "model.norm"), config.tiedEmbeddings ? "model.embed_tokens" : "lm_head"))
}
