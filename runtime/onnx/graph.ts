import { dimensionOf, encodeModel, type OnnxAttribute, type OnnxNode, type OnnxTensor } from "./protobuf.ts"

/** Element types of ONNX tensors as far as they are used here, with the arrays that hold them. */
export type ElementType = "float32" | "float16" | "int32" | "int64" | "int8" | "uint8" | "bool"

/** A tensor dimension: a size, or a name for one that is known only at run time. */
export type Dimension = number | string

/** Values of a constant. Booleans and half floats are given as their bytes and bits. */
export type ElementArray = Float32Array | Int32Array | BigInt64Array | Int8Array | Uint8Array | Uint16Array

/** Attributes of a node: an integer, a list of integers, a text, or a float marked as one. */
export type Attributes = Readonly<Record<string, number | string | ReadonlyArray<number> | { readonly float: number }>>

/** Where the bytes of a large constant lie: in a file beside the model's. */
export interface ExternalData {
  readonly file: string
  readonly offset: number
  readonly length: number
}

/**
 * An ONNX graph in the making. Values are referred to by name; `node` names its outputs itself unless it is told how.
 * Constants of the same value are stored once.
 */
export class OnnxGraph {
  private readonly nodes: Array<OnnxNode> = []
  private readonly initializers: Array<OnnxTensor> = []
  private readonly inputs: Array<ReturnType<typeof valueInfo>> = []
  private readonly outputs: Array<ReturnType<typeof valueInfo>> = []
  private readonly constants = new Map<string, string>()
  private readonly published = new Map<string, string>()
  private names = 0

  /** Declares an input of the graph and returns its name. */
  input(name: string, type: ElementType, shape: ReadonlyArray<Dimension>): string {
    this.inputs.push(valueInfo(name, type, shape))
    return name
  }

  /** Declares a value as an output of the graph. */
  output(name: string, type: ElementType, shape: ReadonlyArray<Dimension>): void {
    this.outputs.push(valueInfo(name, type, shape))
  }

  /** Adds a named constant whose values are part of the model. */
  initializer(name: string, type: ElementType, shape: ReadonlyArray<number>, values: ElementArray): string {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    this.initializers.push({ name, dims: shape, dataType: elementTypes[type], rawData })
    return name
  }

  /** Adds a named constant whose values are in a file beside the model's. */
  externalInitializer(name: string, type: ElementType, shape: ReadonlyArray<number>, data: ExternalData): string {
    const externalData = [
      { key: "location", value: data.file },
      { key: "offset", value: String(data.offset) },
      { key: "length", value: String(data.length) }
    ]
    this.initializers.push({ name, dims: shape, dataType: elementTypes[type], externalData, dataLocation: EXTERNAL })
    return name
  }

  /** The name of a vector of 64-bit integers (shapes, axes), or of a single one. */
  integers(values: ReadonlyArray<number> | number): string {
    const list = typeof values === "number" ? [values] : values
    const shape = typeof values === "number" ? [] : [values.length]
    return this.constant("int64", shape, BigInt64Array.from(list, BigInt))
  }

  /** The name of a single-precision scalar. */
  scalar(value: number): string {
    return this.constant("float32", [], Float32Array.of(value))
  }

  /** The name of a constant; one of the same type, shape and bits is reused. */
  constant(type: ElementType, shape: ReadonlyArray<number>, values: ElementArray): string {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
    if (bytes.byteLength > SHARED_BYTES) return this.initializer(this.fresh("constant"), type, shape, values)
    const key = `${type}[${shape.join()}]${bytes.toString("base64")}`
    const known = this.constants.get(key)
    if (known !== undefined) return known
    const name = this.initializer(this.fresh("constant"), type, shape, values)
    this.constants.set(key, name)
    return name
  }

  /** Adds a node with one output and returns that output's name. */
  node(
    operator: string,
    inputs: ReadonlyArray<string>,
    attributes: Attributes = {},
    options: NodeOptions = {}
  ): string {
    const output = options.output ?? this.fresh(operator)
    this.nodeWithOutputs(operator, inputs, [output], attributes, options.domain)
    return output
  }

  /** Adds a node whose outputs have the given names; an empty name is an output nobody wants. */
  nodeWithOutputs(
    operator: string,
    inputs: ReadonlyArray<string>,
    outputs: ReadonlyArray<string>,
    attributes: Attributes = {},
    domain = ""
  ): void {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value))
    this.nodes.push({ input: inputs, output: outputs, name: this.fresh(operator), opType: operator, domain, attribute })
  }

  /**
   * Gives a value another name, under which it becomes known outside. A value that has such a name already, an input or a
   * constant, is copied.
   */
  publish(value: string, name: string): void {
    const already = this.published.get(value)
    if (already !== undefined || !this.nodes.some(({ output }) => output.includes(value))) {
      this.node("Identity", [already ?? value], {}, { output: name })
    } else {
      const renamed = (names: ReadonlyArray<string>) => names.map((known) => (known === value ? name : known))
      for (const node of this.nodes) {
        node.input = renamed(node.input)
        node.output = renamed(node.output)
      }
    }
    this.published.set(value, name)
  }

  /**
   * Tells of an input and an output of the complete graph whether every node that reads the one has done so when the other is
   * written, in whatever order the nodes may run: then both can lie in the same memory. The node that writes may read it itself
   * if it goes through both in step.
   */
  overlaps(): (input: string, output: string) => boolean {
    const nodes = this.liveNodes()
    const producers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)))
    const readers = new Map<string, Array<OnnxNode>>()
    for (const node of nodes) {
      for (const name of node.input) readers.set(name, [...(readers.get(name) ?? []), node])
    }
    return (input, output) => {
      const writer = producers.get(output)
      if (writer === undefined || !inStep.has(writer.opType)) return false
      const before = new Set([writer])
      for (const node of before) {
        for (const name of node.input) {
          const producer = producers.get(name)
          if (producer !== undefined) before.add(producer)
        }
      }
      return (readers.get(input) ?? []).every((node) => before.has(node))
    }
  }

  /** The nodes that an output depends on: the runtime would run the others as well. */
  private liveNodes(): ReadonlyArray<OnnxNode> {
    const wanted = new Set(this.outputs.map(({ name }) => name))
    const live = this.nodes.toReversed().filter(({ input, output }) => {
      if (!output.some((name) => wanted.has(name))) return false
      for (const name of input) wanted.add(name)
      return true
    })
    return live.toReversed()
  }

  /** A name nothing else in the graph has. */
  fresh(hint: string): string {
    return `${hint}_${this.names++}`
  }

  /** How many nodes it has so far. */
  get size(): number {
    return this.nodes.length
  }

  /** The graph as the bytes of an ONNX model file: IR version 9, operator set 18, and ONNX Runtime's own operators. */
  toModel(): Uint8Array {
    return encodeModel({
      irVersion: 9,
      producerName: "smartsearch",
      opsetImport: [
        { domain: "", version: 18 },
        { domain: microsoft, version: 1 }
      ],
      graph: {
        name: "smartsearch",
        node: this.liveNodes(),
        initializer: this.initializers,
        input: this.inputs,
        output: this.outputs
      }
    })
  }
}

export interface NodeOptions {
  /** Name of the output. */
  readonly output?: string
  readonly domain?: string
}

/** The domain of ONNX Runtime's own operators. */
export const microsoft = "com.microsoft"

/** Operators that write each number after they have read those in its place. */
const inStep = new Set(["Add", "Sub", "Mul", "Div", "Identity", "Expand"])

/** Constants up to this size are compared with each other. */
const SHARED_BYTES = 4096

const EXTERNAL = 1

/** `TensorProto.DataType` of the ONNX specification. */
const elementTypes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10
}

const valueInfo = (name: string, type: ElementType, shape: ReadonlyArray<Dimension>) => ({
  name,
  type: { tensorType: { elemType: elementTypes[type], shape: { dim: shape.map(dimensionOf) } } }
})

/** `AttributeProto.AttributeType` of the ONNX specification. */
const attributeOf = (name: string, value: Attributes[string]): OnnxAttribute => {
  if (typeof value === "number") return { name, type: 2, i: value }
  if (typeof value === "string") return { name, type: 3, s: Buffer.from(value) }
  if ("float" in value) return { name, type: 1, f: value.float }
  return { name, type: 7, ints: value }
}
