import { SecureRandom } from "effect/crypto"
import type { GenerationEngine } from "../../models/onnx/generationEngine.ts"

/** The model behind the server, and what clients are told of it. */
export interface ServedModel {
  readonly engine: GenerationEngine
  /** What clients call it. */
  readonly name: string
  /** The folder it was read from first. */
  readonly folder: string
  /** When the server started, in seconds since 1970. */
  readonly since: number
}

/** A name for one reply that no other has: `cmpl-3f2c…`. */
export const replyId = (prefix: string): string => `${prefix}${SecureRandom.uuidV4Unsafe().replaceAll("-", "")}`
