import { closeSync, openSync, writeSync } from "node:fs"
import { basename } from "node:path"
import type { ElementArray, ElementType, OnnxGraph } from "../../../onnx/graph.ts"

/** Puts a parameter into a graph and returns its name there; one that is there already is used again. */
export type AddParameter = (
  name: string,
  type: ElementType,
  shape: ReadonlyArray<number>,
  values: ElementArray
) => string

/** Parameters as part of the model's file, which may have 2 GB at most. */
export const inlineParameters = (graph: OnnxGraph): AddParameter =>
  once((name, type, shape, values) => graph.initializer(name, type, shape, values))

/**
 * The bytes of a graph whose parameters go into a file beside the model's, written as they come.
 *
 * @param build makes the graph with parameters that are added this way
 */
export const withExternalParameters = (
  path: string,
  build: (parameters: (graph: OnnxGraph) => AddParameter) => OnnxGraph
): Uint8Array => {
  const file = openSync(path, "w")
  let end = 0
  const parameters = (graph: OnnxGraph) =>
    once((name, type, shape, values) => {
      const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT
      writeAll(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset)
      end = offset + values.byteLength
      return graph.externalInitializer(name, type, shape, { file: basename(path), offset, length: values.byteLength })
    })
  try {
    return build(parameters).toModel()
  } finally {
    closeSync(file)
  }
}

const once = (add: AddParameter): AddParameter => {
  const known = new Set<string>()
  return (name, type, shape, values) => {
    if (known.has(name)) return name
    known.add(name)
    return add(name, type, shape, values)
  }
}

/** One call writes 2 GB at most. */
const writeAll = (file: number, bytes: Uint8Array, position: number): void => {
  for (let written = 0; written < bytes.byteLength; ) {
    written += writeSync(file, bytes, written, Math.min(bytes.byteLength - written, 2 ** 30), position + written)
  }
}

/** Parameters begin at pages, so that they can be mapped into memory. */
const ALIGNMENT = 4096
