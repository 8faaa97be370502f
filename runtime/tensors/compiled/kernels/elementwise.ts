import { backend_util, type DataType, type TensorInfo, upcastType } from "@tensorflow/tfjs-core"
import { elementType, type Trace, type Traced } from "../symbolic.ts"
import { type KernelTable, operand, sameShape, type Translation } from "./kernel.ts"

/** A kernel of two broadcast operands. `neutral` names the operand on the right, or on both sides, that changes nothing. */
const binary =
  (operator: string, neutral: { readonly left?: number; readonly right?: number } = {}, type?: DataType): Translation =>
  (trace, operands) => {
    const a = operand(operands, "a")
    const b = operand(operands, "b")
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape)
    const result = type ?? upcastType(a.dtype, b.dtype)
    if (isNeutral(trace, b, neutral.right) && sameShape(shape, a.shape) && a.dtype === result) return trace.alias(a)
    if (isNeutral(trace, a, neutral.left) && sameShape(shape, b.shape) && b.dtype === result) return trace.alias(b)
    return trace.value(trace.graph.node(operator, broadcast(trace, a, b, shape)), shape, result)
  }

const isNeutral = (trace: Trace, tensor: TensorInfo, neutral: number | undefined): boolean =>
  neutral !== undefined && trace.uniform(tensor) === neutral

/** Names of both operands; one with the same number everywhere becomes a scalar if the other still gives the shape. */
const broadcast = (trace: Trace, a: TensorInfo, b: TensorInfo, shape: ReadonlyArray<number>): [string, string] => {
  const left = sameShape(b.shape, shape) ? trace.nameOrScalar(a) : trace.name(a)
  const right = sameShape(a.shape, shape) ? trace.nameOrScalar(b) : trace.name(b)
  return [left, right]
}

/** A kernel that maps every number on its own. */
const unary =
  (...operators: ReadonlyArray<string>): Translation =>
  (trace, operands) => {
    const x = operand(operands, "x")
    const name = operators.reduce((value, operator) => trace.graph.node(operator, [value]), trace.name(x))
    return trace.value(name, x.shape, x.dtype)
  }

const square: Translation = (trace, operands) => {
  const x = operand(operands, "x")
  const name = trace.name(x)
  return trace.value(trace.graph.node("Mul", [name, name]), x.shape, x.dtype)
}

const cast: Translation = (trace, operands, { dtype }) => {
  const x = operand(operands, "x")
  const type = dtype as DataType
  if (x.dtype === type) return trace.alias(x)
  if (trace.symbol(x).kind !== "value" && type !== "bool") return trace.alias(x, x.shape, type)
  const to = castTargets[elementType(type)]
  if (to === undefined) throw new Error(`a cast to ${type} cannot be traced`)
  return trace.value(trace.graph.node("Cast", [trace.name(x)], { to }), x.shape, type)
}

/** `TensorProto.DataType` of the ONNX specification. */
const castTargets: Readonly<Record<string, number>> = { float32: 1, int32: 6, bool: 9 }

const uniformLike =
  (value: number): Translation =>
  (trace, operands) => {
    const x = operand(operands, "x")
    return trace.define({ kind: "uniform", value }, x.shape, x.dtype)
  }

const fill: Translation = (trace, _operands, { shape, value, dtype }) =>
  trace.define({ kind: "uniform", value: Number(value) }, shape as Array<number>, (dtype as DataType) ?? "float32")

const select: Translation = (trace, operands) => {
  const condition = operand(operands, "condition")
  const yes = operand(operands, "t")
  const no = operand(operands, "e")
  const name = trace.graph.node("Where", [trace.name(condition), trace.name(yes), trace.name(no)])
  return trace.value(name, yes.shape, upcastType(yes.dtype, no.dtype))
}

const addAll: Translation = (trace, operands): Traced => {
  const tensors = Object.values(operands)
  const first = operand(operands, "0")
  return trace.value(
    trace.graph.node(
      "Sum",
      tensors.map((tensor) => trace.name(tensor))
    ),
    first.shape,
    first.dtype
  )
}

export const elementwiseKernels: KernelTable = {
  Add: binary("Add", { left: 0, right: 0 }),
  Sub: binary("Sub", { right: 0 }),
  Multiply: binary("Mul", { left: 1, right: 1 }),
  RealDiv: binary("Div", { right: 1 }, "float32"),
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  Pow: binary("Pow"),
  Greater: binary("Greater", {}, "bool"),
  GreaterEqual: binary("GreaterOrEqual", {}, "bool"),
  Less: binary("Less", {}, "bool"),
  LessEqual: binary("LessOrEqual", {}, "bool"),
  Equal: binary("Equal", {}, "bool"),
  LogicalAnd: binary("And", {}, "bool"),
  LogicalNot: unary("Not"),
  Neg: unary("Neg"),
  Abs: unary("Abs"),
  Exp: unary("Exp"),
  Log: unary("Log"),
  Sqrt: unary("Sqrt"),
  Rsqrt: unary("Sqrt", "Reciprocal"),
  Reciprocal: unary("Reciprocal"),
  Sigmoid: unary("Sigmoid"),
  Softplus: unary("Softplus"),
  Tanh: unary("Tanh"),
  Relu: unary("Relu"),
  Sign: unary("Sign"),
  Square: square,
  Cast: cast,
  Select: select,
  AddN: addAll,
  Fill: fill,
  ZerosLike: uniformLike(0),
  OnesLike: uniformLike(1)
}
