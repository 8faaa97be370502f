import * as ort from "onnxruntime-node"

/** A model that is loaded: its bytes, or the path of its file. */
export const openSession = (model: Uint8Array | string, threads: number): Promise<ort.InferenceSession> => {
  const options: ort.InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // What goes wrong is thrown as well.
    logSeverityLevel: 4,
    extra: {
      session: {
        // Spinning threads take the cores from whoever shares them.
        intra_op: { allow_spinning: "0" },
        // The shares of masked tokens are as good as 0, and numbers that small are slow.
        set_denormal_as_zero: "1"
      }
    }
  }
  // Its two overloads take either.
  return typeof model === "string"
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options)
}

export const int64 = (values: ReadonlyArray<number>, shape: ReadonlyArray<number>) =>
  new ort.Tensor("int64", BigInt64Array.from(values, BigInt), shape)

/**
 * A tensor of half floats from their bits. `ort.Tensor` would make a `Float16Array` of them where there is one, whose length the
 * binding of 1.30 takes for 0.
 */
export const float16 = (bits: Uint16Array, shape: ReadonlyArray<number>): ort.Tensor =>
  Object.defineProperty(new ort.Tensor("uint16", bits, shape), "type", { value: "float16" })
