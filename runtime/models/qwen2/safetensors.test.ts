import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../../event-log/testing/servers.ts"
import { openSafetensors, type TensorSource, writeSafetensors } from "./safetensors.ts"
import { thrownBy } from "./testing/tiny.ts"

const tensor = (name: string, shape: ReadonlyArray<number>, values: Iterable<number>): TensorSource => ({
  name,
  shape,
  values: () => Float32Array.from(values)
})

const two = [tensor("b", [2, 3], [1, -2, 0.5, 4, 1024, -0.25]), tensor("a", [], [7])]

/** A file with this header, as long as it says, and so many bytes of numbers. */
const fileOf = (header: string, bytes: number, length = Buffer.byteLength(header)): Buffer => {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(length))
  return Buffer.concat([size, Buffer.from(header), Buffer.alloc(bytes)])
}

const entry = (start: number, end: number, shape: string, dtype = "F32") =>
  `{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${start},${end}]}`

describe("a safetensors file", () => {
  it.effect.each(["float32", "float16", "bfloat16"] as const)("gives back what was written as %s", (type) =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "x.safetensors")
      writeSafetensors(file, two, type)
      const opened = openSafetensors(file)
      assert.deepStrictEqual(opened.metadata, { format: "pt" })
      assert.deepStrictEqual([...opened.tensors.keys()], ["b", "a"])
      assert.deepStrictEqual(opened.tensors.get("b")?.shape, [2, 3])
      assert.deepStrictEqual(opened.read("b"), Float32Array.of(1, -2, 0.5, 4, 1024, -0.25))
      assert.deepStrictEqual(opened.read("a"), Float32Array.of(7))
    })
  )

  it.effect("is laid out as the format says", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "x.safetensors")
      writeSafetensors(file, two, "float16")
      const header =
        '{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},"a":{"dtype":"F16","shape":[],"data_offsets":[12,14]}}'
      const padded = header.padEnd(Math.ceil(header.length / 8) * 8)
      const numbers = Buffer.from("003c00c000380044006400b40047", "hex")
      assert.deepStrictEqual(readFileSync(file), Buffer.concat([fileOf(padded, 0), numbers]))
    })
  )

  it.effect.each(["float32", "bfloat16"] as const)("holds tensors of several million numbers as %s", (type) =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "x.safetensors")
      const values = Float32Array.from({ length: 2_100_001 }, (_, i) => i % 251)
      writeSafetensors(file, [{ name: "x", shape: [values.length], values: () => values }], type)
      assert.deepStrictEqual(openSafetensors(file).read("x"), values)
    })
  )

  it.effect("is written one tensor after the other, in the order given", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "x.safetensors")
      const asked: Array<string> = []
      const watched = two.map((source) => ({
        ...source,
        values: () => {
          asked.push(source.name)
          return source.values()
        }
      }))
      writeSafetensors(file, watched, "float32")
      assert.deepStrictEqual(asked, ["b", "a"])
    })
  )

  it.effect("holds tensors without numbers, and those of types that can't be read, which is said when they are", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "x.safetensors")
      const header = `{"i":${entry(0, 8, "1", "I64")},"e":${entry(8, 8, "0,4")},"new":${entry(8, 9, "2", "F4")}}`
      writeFileSync(file, fileOf(header, 9))
      const opened = openSafetensors(file)
      assert.strictEqual(opened.read("e").length, 0)
      assert.strictEqual(
        thrownBy(() => opened.read("i")),
        `${file}: i is stored as I64; only F32, F16, BF16 can be read`
      )
      assert.strictEqual(
        thrownBy(() => opened.read("j")),
        `${file}: there is no tensor j in it`
      )
    })
  )

  const broken: ReadonlyArray<readonly [what: string, bytes: Buffer, message: string]> = [
    ["nothing", Buffer.alloc(0), "is no safetensors file: it has 0 bytes"],
    ["half a length", Buffer.alloc(7), "is no safetensors file: it has 7 bytes"],
    ["text", Buffer.from("version https://git-lfs"), "is no safetensors file: its header would have"],
    ["a header cut off", fileOf("{}", 0, 10), "its header reaches 8 bytes beyond its end; it was cut off"],
    ["no JSON", fileOf("{", 0), "its header is no JSON object"],
    ["no object", fileOf("[]", 0), "its header is no JSON object"],
    ["no UTF-8", Buffer.concat([fileOf("", 0, 3), Buffer.from([0x7b, 0xff, 0x7d])]), "its header is no JSON object"],
    [
      "no shape",
      fileOf('{"x":{"dtype":"F32","data_offsets":[0,0]}}', 0),
      'its header is broken: x: missing key "shape"'
    ],
    ["a size below 0", fileOf(`{"x":${entry(0, 4, "-1")}}`, 4), "its header is broken: x.shape.0:"],
    ["no text as metadata", fileOf('{"__metadata__":{"n":1}}', 0), "its header is broken: n:"],
    [
      "numbers cut off",
      fileOf(`{"x":${entry(0, 8, "2")}}`, 5),
      "x reaches 3 bytes beyond the end of the file; it was cut"
    ],
    ["an end before the start", fileOf(`{"x":${entry(4, 0, "1")}}`, 4), "x ends before it begins"],
    ["too few bytes", fileOf(`{"x":${entry(0, 4, "2")}}`, 4), "x has 4 bytes, but [2] numbers of F32 have 8"],
    ["an overlap", fileOf(`{"x":${entry(0, 8, "2")},"y":${entry(4, 8, "1")}}`, 8), "y overlaps the tensor before it"],
    ["a hole", fileOf(`{"x":${entry(4, 8, "1")}}`, 8), "4 bytes before x belong to no tensor"],
    ["more at the end", fileOf(`{"x":${entry(0, 4, "1")}}`, 6), "2 bytes at its end belong to no tensor"]
  ]
  it.effect.each(broken)("with %s is refused", ([, bytes, message]) =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "x.safetensors")
      writeFileSync(file, bytes)
      const thrown = thrownBy(() => openSafetensors(file))
      assert.isTrue(thrown.startsWith(`${file}: ${message}`), thrown)
      assert.notInclude(thrown, "\n")
    })
  )

  it.effect("that is not there, or is a folder, is refused", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "x.safetensors")
      assert.strictEqual(
        thrownBy(() => openSafetensors(file)),
        `${file}: there is no such file`
      )
      assert.strictEqual(
        thrownBy(() => openSafetensors(folder)),
        `${folder}: is a folder, not a file`
      )
    })
  )

  it.effect("that was replaced or cut off after it was opened is not read", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "x.safetensors")
      const message = `${file}: it changed after it was opened; open the model again`
      writeSafetensors(file, two, "float32")
      const first = openSafetensors(file)
      writeSafetensors(file, two, "float32")
      assert.strictEqual(
        thrownBy(() => first.read("a")),
        message
      )
      const second = openSafetensors(file)
      truncateSync(file, 100)
      assert.strictEqual(
        thrownBy(() => second.read("a")),
        message
      )
    })
  )

  it.effect("that can't be written to its end leaves the earlier one, and nothing else", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "x.safetensors")
      writeSafetensors(file, two, "float32")
      const before = readFileSync(file)
      const wrong = [...two, tensor("c", [3], [1, 2])]
      assert.strictEqual(
        thrownBy(() => writeSafetensors(file, wrong, "float32")),
        `${file}: c has 2 numbers, not [3]`
      )
      const absent = join(folder, "no", "x.safetensors")
      assert.strictEqual(
        thrownBy(() => writeSafetensors(absent, two, "float32")),
        `${absent}: there is no such file`
      )
      assert.deepStrictEqual(readdirSync(folder), [basename(file)])
      assert.deepStrictEqual(readFileSync(file), before)
    })
  )
})
