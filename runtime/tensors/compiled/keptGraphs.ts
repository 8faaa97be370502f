import type * as ort from "onnxruntime-node"
import type { CompiledGraph } from "./compile.ts"

/** A program as a graph, and the session that runs it on any state. */
export interface OpenedGraph {
  readonly graph: CompiledGraph
  readonly session: Pick<ort.InferenceSession, "run" | "release">
}

/** A graph, until its user is done with it. */
export interface TakenGraph extends OpenedGraph {
  readonly done: () => Promise<void>
}

/** Graphs that stay though nobody uses them: what a round of GRPO compiles. Each holds the memory that its runs needed. */
const mostIdle = 5

interface Kept {
  readonly opened: Promise<OpenedGraph>
  users: number
}

/** Graphs by the keys of their programs. Of those that nobody uses, the ones used last stay; the others are released. */
export class KeptGraphs {
  readonly #kept = new Map<string, Kept>()

  async take(key: string, open: () => Promise<OpenedGraph>): Promise<TakenGraph> {
    const kept = this.#kept.get(key) ?? { opened: open(), users: 0 }
    kept.users++
    this.#kept.set(key, kept)
    try {
      const opened = await kept.opened
      let isDone = false
      const done = async () => {
        if (isDone) return
        isDone = true
        await this.#leave(key, kept)
      }
      return { ...opened, done }
    } catch (error) {
      this.#kept.delete(key)
      throw error
    }
  }

  async #leave(key: string, kept: Kept): Promise<void> {
    kept.users--
    // The map's order is that of their last use.
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    const idle = [...this.#kept].filter(([, { users }]) => users === 0)
    for (const [other, { opened }] of idle.slice(0, Math.max(0, idle.length - mostIdle))) {
      this.#kept.delete(other)
      await (await opened).session.release()
    }
  }
}
