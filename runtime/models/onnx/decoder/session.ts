import * as ort from "onnxruntime-node"

/** A model that is loaded: its bytes, or the path of its file. */
export const openSession = (model: Uint8Array | string, threads: number): Promise<ort.InferenceSession> => {
  const options: ort.InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
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
