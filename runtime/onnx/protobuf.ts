import protobuf from "protobufjs/light.js"

/**
 * The messages of ONNX that a model of ours needs, with the field numbers of the specification
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, IR version 9).
 */

export interface OnnxAttribute {
  readonly name: string
  readonly type: number
  readonly f?: number
  readonly i?: number
  readonly s?: Uint8Array
  readonly ints?: ReadonlyArray<number>
}

export interface OnnxNode {
  input: ReadonlyArray<string>
  output: ReadonlyArray<string>
  readonly name: string
  readonly opType: string
  readonly domain: string
  readonly attribute: ReadonlyArray<OnnxAttribute>
}

export interface OnnxTensor {
  readonly name: string
  readonly dims: ReadonlyArray<number>
  readonly dataType: number
  readonly rawData?: Uint8Array
  readonly externalData?: ReadonlyArray<{ readonly key: string; readonly value: string }>
  readonly dataLocation?: number
}

interface OnnxValueInfo {
  readonly name: string
  readonly type: {
    readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: ReadonlyArray<OnnxDimension> } }
  }
}

type OnnxDimension = { readonly dimValue: number } | { readonly dimParam: string }

interface OnnxModel {
  readonly irVersion: number
  readonly producerName: string
  readonly opsetImport: ReadonlyArray<{ readonly domain: string; readonly version: number }>
  readonly graph: {
    readonly name: string
    readonly node: ReadonlyArray<OnnxNode>
    readonly initializer: ReadonlyArray<OnnxTensor>
    readonly input: ReadonlyArray<OnnxValueInfo>
    readonly output: ReadonlyArray<OnnxValueInfo>
  }
}

export const dimensionOf = (dimension: number | string): OnnxDimension =>
  typeof dimension === "number" ? { dimValue: dimension } : { dimParam: dimension }

const field = (id: number, type: string) => ({ id, type })
const repeated = (id: number, type: string) => ({ id, type, rule: "repeated" })

const root = protobuf.Root.fromJSON({
  nested: {
    Attribute: {
      fields: {
        name: field(1, "string"),
        f: field(2, "float"),
        i: field(3, "int64"),
        s: field(4, "bytes"),
        ints: repeated(8, "int64"),
        type: field(20, "int32")
      }
    },
    Node: {
      fields: {
        input: repeated(1, "string"),
        output: repeated(2, "string"),
        name: field(3, "string"),
        opType: field(4, "string"),
        attribute: repeated(5, "Attribute"),
        domain: field(7, "string")
      }
    },
    StringStringEntry: { fields: { key: field(1, "string"), value: field(2, "string") } },
    Tensor: {
      fields: {
        dims: repeated(1, "int64"),
        dataType: field(2, "int32"),
        name: field(8, "string"),
        rawData: field(9, "bytes"),
        externalData: repeated(13, "StringStringEntry"),
        dataLocation: field(14, "int32")
      }
    },
    Dimension: {
      oneofs: { value: { oneof: ["dimValue", "dimParam"] } },
      fields: { dimValue: field(1, "int64"), dimParam: field(2, "string") }
    },
    Shape: { fields: { dim: repeated(1, "Dimension") } },
    TensorType: { fields: { elemType: field(1, "int32"), shape: field(2, "Shape") } },
    Type: { fields: { tensorType: field(1, "TensorType") } },
    ValueInfo: { fields: { name: field(1, "string"), type: field(2, "Type") } },
    Graph: {
      fields: {
        node: repeated(1, "Node"),
        name: field(2, "string"),
        initializer: repeated(5, "Tensor"),
        input: repeated(11, "ValueInfo"),
        output: repeated(12, "ValueInfo")
      }
    },
    OperatorSet: { fields: { domain: field(1, "string"), version: field(2, "int64") } },
    Model: {
      fields: {
        irVersion: field(1, "int64"),
        producerName: field(2, "string"),
        graph: field(7, "Graph"),
        opsetImport: repeated(8, "OperatorSet")
      }
    }
  }
})

const Model = root.lookupType("Model")

/** The bytes of a `ModelProto`. Strings must be non-empty only where the specification says so; packed lists are read by ONNX Runtime. */
export const encodeModel = (model: OnnxModel): Uint8Array => Model.encode(Model.fromObject(model)).finish()
