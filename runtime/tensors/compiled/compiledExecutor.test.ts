import * as tf from "@tensorflow/tfjs-core"
import { describe, expect, it } from "vitest"
import type { Executor, Program } from "../program.ts"
import { compiledExecutor } from "./compiledExecutor.ts"

/** A program that adds to a count, so many times the step; it tells how often its code was read. */
const counting = (key: string | undefined, factor = 1, name = "counting") => {
  let builds = 0
  const program: Program = {
    name,
    ...(key === undefined ? {} : { key }),
    inputs: { step: { type: "float32", shape: [1] } },
    state: ["count"],
    build: ({ step }, { count }) => {
      builds++
      return {
        outputs: { before: tf.mul(count as tf.Tensor, 1) },
        updates: { count: tf.add(count as tf.Tensor, tf.mul(step as tf.Tensor, factor)) }
      }
    }
  }
  return { program, builds: () => builds }
}

const countFrom = (executor: Executor, value: number) =>
  executor.state({ count: { shape: [1], values: Float32Array.of(value) } })

const step = { step: Float32Array.of(10) }

describe("programs of one key", () => {
  it("are compiled once, and work each on its own state", async () => {
    const executor = compiledExecutor({ threads: 1 })
    const [first, second] = [counting("same"), counting("same")]
    const [low, high] = [countFrom(executor, 1), countFrom(executor, 100)]
    const onLow = await executor.compile(first.program, low)
    const onHigh = await executor.compile(second.program, high)
    expect([first.builds(), second.builds()]).toEqual([1, 0])
    const told = []
    for (const run of [onLow, onHigh, onLow, onHigh]) told.push((await run.run(step)).before?.[0])
    expect(told).toEqual([1, 100, 11, 110])
    expect([low.read("count"), high.read("count")]).toEqual([Float32Array.of(21), Float32Array.of(120)])
  })

  it("are compiled once when they are asked for at the same time", async () => {
    const executor = compiledExecutor({ threads: 1 })
    const { builds, program } = counting("same")
    const states = [1, 2, 3].map((value) => countFrom(executor, value))
    const compiled = await Promise.all(states.map((state) => executor.compile(program, state)))
    for (const run of compiled) await run.run(step)
    expect(builds()).toBe(1)
    expect(states.map((state) => state.read("count")[0])).toEqual([11, 12, 13])
  })

  it("outlive the release of one of them, and of its state", async () => {
    const executor = compiledExecutor({ threads: 1 })
    const { builds, program } = counting("same")
    const gone = countFrom(executor, 1)
    const released = await executor.compile(program, gone)
    await released.run(step)
    await released.release()
    gone.release()
    const state = countFrom(executor, 5)
    await (await executor.compile(program, state)).run(step)
    expect([builds(), state.read("count")[0]]).toEqual([1, 15])
  })

  it("are told apart from those of other names, keys and executors", async () => {
    const executor = compiledExecutor({ threads: 1 })
    const results = []
    for (const [on, { builds, program }] of [
      [executor, counting("a", 1)],
      [executor, counting("b", 2)],
      [executor, counting("a", 3, "other")],
      [compiledExecutor({ threads: 1 }), counting("a", 4)]
    ] as const) {
      const state = countFrom(on, 0)
      await (await on.compile(program, state)).run(step)
      results.push([builds(), state.read("count")[0]])
    }
    expect(results).toEqual([
      [1, 10],
      [1, 20],
      [1, 30],
      [1, 40]
    ])
  })

  it("stay compiled as long as one of them is used, and are compiled anew when so many others were used since", async () => {
    const executor = compiledExecutor({ threads: 1 })
    const [used, left] = [counting("used"), counting("left")]
    const count = async ({ program }: typeof used) => {
      const state = countFrom(executor, 0)
      const compiled = await executor.compile(program, state)
      await compiled.run(step)
      await compiled.release()
      return state.read("count")[0]
    }
    const state = countFrom(executor, 1)
    const running = await executor.compile(used.program, state)
    expect([await count(used), await count(left), await count(left)]).toEqual([10, 10, 10])
    for (let other = 0; other < 20; other++) await count(counting(`other ${other}`))
    await running.run(step)
    expect([state.read("count")[0], await count(used), await count(left)]).toEqual([11, 10, 10])
    expect([used.builds(), left.builds()]).toEqual([1, 2])
  })

  it("are compiled again after one that could not be", async () => {
    const executor = compiledExecutor({ threads: 1 })
    const { program } = counting("mended")
    const state = countFrom(executor, 0)
    const broken: Program = {
      ...program,
      build: () => {
        throw new Error("not yet")
      }
    }
    await expect(executor.compile(broken, state)).rejects.toThrow("not yet")
    await (await executor.compile(program, state)).run(step)
    expect(state.read("count")[0]).toBe(10)
  })
})

describe("a program without a key", () => {
  it("is compiled anew each time, and gone when it is released", async () => {
    const executor = compiledExecutor({ threads: 1 })
    const { builds, program } = counting(undefined)
    const state = countFrom(executor, 1)
    const first = await executor.compile(program, state)
    const second = await executor.compile(program, state)
    await first.run(step)
    await first.release()
    await second.run(step)
    expect([builds(), state.read("count")[0]]).toEqual([2, 21])
    await expect(first.run(step)).rejects.toThrow()
  })
})

it("a state of another executor is refused", async () => {
  const stranger = { read: () => new Float32Array(1), write: () => {}, release: () => {} }
  const compile = compiledExecutor({ threads: 1 }).compile(counting("a").program, stranger)
  await expect(compile).rejects.toThrow("the state belongs to another executor")
})
