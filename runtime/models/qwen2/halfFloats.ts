/**
 * Conversions between float32 and the two formats of 16 bits: IEEE 754 binary16, and bfloat16, which is the upper half of a
 * float32. To 16 bits they round to nearest, ties to even; infinities, subnormals, signed zeros and the payloads of NaNs that
 * fit are kept. They work on bits, so that no NaN passes through a JavaScript number.
 */

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length)

const infinity32 = 0x7f800000
const magnitude = 0x7fffffff

/** A float32 to binary16, bits to bits. */
const halfOf = (bits: number): number => {
  const sign = (bits >>> 16) & 0x8000
  const absolute = bits & magnitude
  if (absolute > infinity32) {
    const payload = (absolute >>> 13) & 0x3ff
    return sign | 0x7c00 | (payload === 0 ? 0x200 : payload)
  }
  // 2^16 and more; what lies between the largest half float and 2^16 rounds up to infinity by itself.
  if (absolute >= 0x47800000) return sign | 0x7c00
  // 2^-14 and more: move the exponent's bias from 127 to 15, and round off 13 bits of the fraction.
  if (absolute >= 0x38800000) return sign | ((absolute - 0x38000000 + 0xfff + ((absolute >>> 13) & 1)) >>> 13)
  const exponent = absolute >>> 23
  if (exponent < 102) return sign
  // A subnormal: a fraction in units of 2^-24.
  const shift = 126 - exponent
  const fraction = (absolute & 0x7fffff) | 0x800000
  const kept = fraction >>> shift
  const lost = fraction & ((1 << shift) - 1)
  const tie = 1 << (shift - 1)
  return sign | (lost > tie || (lost === tie && (kept & 1) === 1) ? kept + 1 : kept)
}

/** A binary16 to float32, bits to bits. */
const floatOf = (half: number): number => {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return sign | infinity32 | (fraction << 13)
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
  if (fraction === 0) return sign
  const leading = Math.clz32(fraction) - 21
  return sign | ((113 - leading) << 23) | (((fraction << leading) & 0x3ff) << 13)
}

/** Every binary16 as float32. */
const floats = Uint32Array.from({ length: 0x10000 }, (_, half) => floatOf(half))

/** Writes float32 values as binary16 into an array of the same length. */
export const toFloat16 = (values: Float32Array, halves: Uint16Array): void => {
  const bits = bitsOf(values)
  for (let i = 0; i < bits.length; i++) halves[i] = halfOf(bits[i] ?? 0)
}

/** Writes binary16 values as float32 into an array of the same length. */
export const fromFloat16 = (halves: Uint16Array, values: Float32Array): void => {
  const bits = bitsOf(values)
  for (let i = 0; i < bits.length; i++) bits[i] = floats[halves[i] ?? 0] ?? 0
}

/** Writes float32 values as bfloat16 into an array of the same length. */
export const toBfloat16 = (values: Float32Array, halves: Uint16Array): void => {
  const bits = bitsOf(values)
  for (let i = 0; i < bits.length; i++) {
    const float = bits[i] ?? 0
    const notANumber = (float & magnitude) > infinity32
    const quiet = (float & 0x7f0000) === 0 ? 0x40 : 0
    halves[i] = notANumber ? (float >>> 16) | quiet : (float + 0x7fff + ((float >>> 16) & 1)) >>> 16
  }
}

/** Writes bfloat16 values as float32 into an array of the same length. */
export const fromBfloat16 = (halves: Uint16Array, values: Float32Array): void => {
  const bits = bitsOf(values)
  for (let i = 0; i < bits.length; i++) bits[i] = (halves[i] ?? 0) << 16
}
