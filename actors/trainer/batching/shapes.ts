import type { Extent } from "./sequence.ts"

export interface ShapeSettings {
  /** How many shapes at most: each is compiled once, and keeps memory of its own. */
  readonly count: number
  /** What lengths and targets are rounded up to multiples of. */
  readonly multiple: number
}

/**
 * The extents to which batches are padded, from small to large: those that waste the fewest places, tokens and targets counting
 * alike, when every item goes into the first one that it fits in. Whatever fits in one fits in all larger ones too. None
 * for no items.
 *
 * Sorted by length, the items are divided where that costs least, found by dynamic programming over the distinct lengths.
 */
export const chooseShapes = (extents: ReadonlyArray<Extent>, settings: ShapeSettings): ReadonlyArray<Extent> => {
  const classes = lengthClasses(extents, settings.multiple)
  let best: ReadonlyArray<Division> = classes.map((shape) => ({ shapes: [shape], places: shape.upTo * places(shape) }))
  for (let count = 2; count <= settings.count; count++) {
    best = best.map((fewer, last) => cheapest(fewer, best.slice(0, last), classes))
  }
  return best.at(-1)?.shapes.map(({ length, targets }) => ({ length, targets })) ?? []
}

/** Which of the shapes an item goes into: the first that it fits in, −1 if it fits in none. */
export const shapeFor = (shapes: ReadonlyArray<Extent>, { length, targets }: Extent): number =>
  shapes.findIndex((shape) => length <= shape.length && targets <= shape.targets)

/** What holds every item up to some length: that length, and the most targets that any of them has. */
interface LengthClass extends Extent {
  /** How many items that are. */
  readonly upTo: number
}

const lengthClasses = (extents: ReadonlyArray<Extent>, multiple: number): ReadonlyArray<LengthClass> => {
  const rounded = (size: number) => Math.ceil(size / multiple) * multiple
  const groups = [...Map.groupBy(extents, ({ length }) => rounded(length))].toSorted(([a], [b]) => a - b)
  const classes: Array<LengthClass> = []
  for (const [length, group] of groups) {
    const shorter = classes.at(-1)
    const targets = group.reduce((most, one) => Math.max(most, rounded(one.targets)), shorter?.targets ?? 0)
    classes.push({ length, targets, upTo: (shorter?.upTo ?? 0) + group.length })
  }
  return classes
}

const places = ({ length, targets }: Extent): number => length + targets

/** A choice of shapes for all items up to the length of the last one, and the places in all their batches. */
interface Division {
  readonly shapes: ReadonlyArray<LengthClass>
  readonly places: number
}

/** The division with fewer shapes, or one of those for shorter lengths with one shape more, whichever has the fewest places. */
const cheapest = (fewer: Division, shorter: ReadonlyArray<Division>, classes: ReadonlyArray<LengthClass>): Division => {
  const shape = classes[shorter.length]
  let found = fewer
  for (const [index, division] of shorter.entries()) {
    if (shape === undefined) continue
    const items = shape.upTo - (classes[index]?.upTo ?? 0)
    const total = division.places + items * places(shape)
    if (total < found.places) found = { shapes: [...division.shapes, shape], places: total }
  }
  return found
}
