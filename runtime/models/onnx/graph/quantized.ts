/** Weights that share a scale, along the input of a linear layer. */
export const BLOCK = 32

/** What stands for 0. */
const ZERO = 128

/**
 * A weight [out, in] in 8 bits as `com.microsoft.MatMulNBits` takes it: values [out, blocks, 32] of which (value - 128) · scale
 * is the weight, and scales [out, blocks]. The last block of a row is filled up with zeros.
 */
export const quantized = (
  weight: Float32Array,
  input: number
): { readonly values: Uint8Array; readonly scales: Float32Array } => {
  const out = weight.length / input
  const blocks = Math.ceil(input / BLOCK)
  const values = new Uint8Array(out * blocks * BLOCK).fill(ZERO)
  const scales = new Float32Array(out * blocks)
  for (let row = 0; row < out; row++) {
    for (let block = 0; block < blocks; block++) {
      const begin = row * input + block * BLOCK
      const source = weight.subarray(begin, Math.min(begin + BLOCK, (row + 1) * input))
      const scale = source.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127
      scales[row * blocks + block] = scale
      if (scale === 0) continue
      for (const [i, value] of source.entries()) {
        values[(row * blocks + block) * BLOCK + i] = Math.round(value / scale) + ZERO
      }
    }
  }
  return { values, scales }
}
