import { type Random, seededRandom } from "../random.ts"
import { parameterShapes, type Qwen2Config, sizeOf, type Weights } from "./config.ts"

/** Standard deviation of the normal distribution from which Transformers draws Qwen2's weights (`initializer_range`). */
const initializerRange = 0.02

/**
 * Random weights as Transformers initializes a Qwen2 model: normally distributed, biases 0, norms 1. The same seed gives the
 * same bits; each parameter draws from a source of its own.
 */
export const initializeWeights = (config: Qwen2Config, seed: number, deviation: number = initializerRange): Weights =>
  Object.fromEntries(
    Object.entries(parameterShapes(config)).map(([name, shape]) => {
      const values = new Float32Array(sizeOf(shape))
      if (name.endsWith("norm.weight")) values.fill(1)
      else if (!name.endsWith(".bias")) fillNormal(values, seededRandom(seed, name), deviation)
      return [name, values]
    })
  )

const fillNormal = (values: Float32Array, random: Random, deviation: number): void => {
  for (let i = 0; i < values.length; i++) values[i] = random.normal() * deviation
}
