import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hashes } from "../segments/correlation.ts"
import type { Assignment } from "./messages.ts"
import { openThread } from "./thread.ts"

const assignment: Assignment = {
  task: "history",
  input: undefined,
  store: { folder: "/nowhere", stream: "none", size: 1 },
  share: {
    segments: [],
    wanted: { types: new Set(), shared: new Set(), first: 1, last: 1, fromHash: 0, belowHash: hashes },
    tail: []
  }
}

const folded = (changes: Partial<Assignment>) =>
  Effect.flatMap(openThread, (thread) => thread.fold({ ...assignment, ...changes })).pipe(Effect.scoped)

describe("a thread", () => {
  it.live("folds its share", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* folded({}), { unreadable: 0 })
    })
  )

  it.live("tells which segment is not there", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(folded({ share: { ...assignment.share, segments: [7] } }))
      assert.strictEqual(error._tag, "CorruptSegment")
      assert.deepInclude(error, { segment: 7 })
    })
  )

  it.live("fails with what its task threw", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(folded({ task: "nothing of the kind" }))
      assert.strictEqual(error._tag, "ThreadError")
      assert.include(error.message, "threads know no task called nothing of the kind")
      const thrown = yield* Effect.flip(folded({ task: "datasets", input: "no orders" }))
      assert.strictEqual(thrown._tag, "ThreadError")
    })
  )
})
