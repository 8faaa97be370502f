import { describe, expect, it } from "@effect/vitest"
import { encode } from "../formats/format.ts"
import { built } from "../testing/build.ts"
import { randomEvents, retold, seeds } from "../testing/random.ts"
import { mergeRows } from "./dataset.ts"
import { type DatasetKindName, everyDatasetKind, withDatasetKind } from "./kinds.ts"

const bytesOf = (kind: DatasetKindName, ...args: Parameters<typeof retold>) =>
  withDatasetKind(kind, (kind) => {
    const { rows, dataset, decisions } = built(kind, retold(...args), [], Object.keys(kind.formats))
    const files = dataset.formats.map(({ format }) =>
      Buffer.concat(Array.from(encode(format, rows), (piece) => Buffer.from(piece))).toString("base64")
    )
    return { files, decisions, lineage: rows.map(({ id, lineage }) => [id, lineage]) }
  })

describe.each(everyDatasetKind)("the %s dataset", (name) => {
  it.prop(
    "has the same bytes however its events arrived, and however often",
    [seeds, seeds, seeds],
    ([seed, one, other]) => {
      const events = randomEvents(seed)
      expect(bytesOf(name, events, one)).toEqual(bytesOf(name, events, other))
    }
  )

  it.prop("has the same rows when the log was divided by question", [seeds], ([seed]) => {
    const events = randomEvents(seed)
    withDatasetKind(name, (kind) => {
      const isShared = (type: string) => kind.shared.some((shared) => shared === type)
      const part = (rest: number) =>
        built(
          kind,
          events.filter((event) => isShared(event.type) || event.correlationid.charCodeAt(2) % 2 === rest)
        ).rows
      expect(mergeRows([part(1), part(0)])).toEqual(built(kind, events).rows)
    })
  })

  it.prop("decides about every trajectory, and names every row in a decision", [seeds], ([seed]) => {
    const events = randomEvents(seed)
    withDatasetKind(name, (kind) => {
      const { rows, decisions } = built(kind, events)
      const ended = events.flatMap((event) =>
        event.type === "TrajectoryCompleted" || event.type === "TrajectoryFailed" ? [event.data.trajectoryId] : []
      )
      expect(decisions.map(({ key }) => key.trajectoryId).sort()).toEqual([...new Set(ended)].sort())
      expect(decisions.every(({ included, rowIds }) => included === rowIds.length > 0)).toBe(true)
      expect(decisions.every(({ reasons }) => reasons.length > 0)).toBe(true)
      const inRows = rows.flatMap(({ id, lineage }) => lineage.trajectories.map((trajectory) => `${trajectory} ${id}`))
      const inDecisions = decisions.flatMap(({ key, rowIds }) => rowIds.map((id) => `${key.trajectoryId} ${id}`))
      expect(inDecisions.sort()).toEqual(inRows.sort())
    })
  })

  it.prop("rests on events that are in the log", [seeds], ([seed]) => {
    const events = randomEvents(seed)
    const known = new Set(events.map(({ id }) => id))
    withDatasetKind(name, (kind) => {
      const { rows } = built(kind, events)
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
      expect(rows.flatMap(({ lineage }) => lineage.events).filter((id) => !known.has(id))).toEqual([])
    })
  })
})
