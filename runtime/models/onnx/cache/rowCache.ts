/** What the keys and values of one token are made of. */
export interface CacheShape {
  readonly layers: number
  readonly keyValueHeads: number
  readonly headSize: number
  /** Of a number: half floats are kept as their bits. */
  readonly type: "float32" | "float16"
  /** Rows have no unused cells: then there can only be one. */
  readonly gapless?: boolean
}

/** Numbers of a cache. */
export type CacheArray = Float32Array | Uint16Array

/** The keys and values of one sequence's first tokens: [layers · 2, key-value heads, length, size]. */
export interface KeyValues {
  readonly length: number
  readonly values: CacheArray
}

/** New keys and values of every row. Planes are layers' keys and values in turn: 0 the first layer's keys, 1 its values. */
export interface NewCells {
  /** Cells of each row. */
  readonly count: number
  readonly plane: (plane: number) => {
    readonly values: CacheArray
    /** Where the first new cell of a row and head lies in the values; its other cells follow. */
    readonly at: (row: number, head: number) => number
  }
}

/** Cells are reserved in steps of this many: as many numbers as the widest kernels add at once, so that rows of every length do. */
const CELL_STEP = 64

export const roundCells = (cells: number): number => Math.max(1, Math.ceil(cells / CELL_STEP)) * CELL_STEP

/** Cells for a row of that many tokens, of which the last is never used: a sum over a row then ends with a zero. */
const cellsFor = (tokens: number): number => roundCells(tokens + 1)

/**
 * Keys and values of several sequences, a row each, where a graph reads them without a copy: for each layer and for keys and
 * values one array [rows, key-value heads, cells, size]. Rows without gaps come first. The cells of a row grow and shrink with the
 * longest sequence; the arrays stay the same, so that memory is asked for once, and only that which was written to is used.
 */
export class RowCache {
  readonly shape: CacheShape
  /** Tokens at most, each row counted as the longest, rounded up. */
  readonly capacity: number
  /** rows · cells at most. */
  private readonly room: number
  /** Tokens in each row. */
  readonly lengths: Array<number> = []
  private readonly planes: ReadonlyArray<CacheArray>
  private reserved: number

  constructor(shape: CacheShape, capacity: number, mostRows: number) {
    this.shape = shape
    this.capacity = capacity
    // A full row has a step of cells more than it needs.
    this.room = shape.gapless === true ? capacity : capacity + mostRows * CELL_STEP
    this.reserved = shape.gapless === true ? 0 : CELL_STEP
    const size = this.room * shape.keyValueHeads * shape.headSize
    this.planes = Array.from({ length: shape.layers * 2 }, () =>
      shape.type === "float32" ? new Float32Array(size) : new Uint16Array(size)
    )
  }

  get rows(): number {
    return this.lengths.length
  }

  /** Cells of each row, used or not. */
  get cells(): number {
    return this.reserved
  }

  /** The longest row's tokens. */
  get longest(): number {
    return this.lengths.reduce((longest, length) => Math.max(longest, length), 0)
  }

  /** Whether that many rows of that many tokens have room. */
  hasRoomFor(rows: number, tokens: number): boolean {
    return rows * roundCells(tokens) <= this.capacity
  }

  /** One array of the rows, as a graph takes it: [rows, key-value heads, cells, size]. */
  view(plane: number): CacheArray {
    const { headSize, keyValueHeads } = this.shape
    return this.plane(plane).subarray(0, this.rows * keyValueHeads * this.reserved * headSize)
  }

  /** Gives every row cells for that many more tokens. */
  reserve(more: number): void {
    this.layOut(this.rows, this.longest + more)
  }

  /** Adds a row for a sequence that begins with this many of these tokens. */
  append(keyValues: KeyValues, length: number): void {
    this.layOut(this.rows + 1, Math.max(this.longest, length))
    this.lengths.push(length)
    const { headSize } = this.shape
    this.eachHead(this.rows - 1, (plane, start, ordinal) => {
      const begin = ordinal * keyValues.length * headSize
      plane.set(keyValues.values.subarray(begin, begin + length * headSize), start)
    })
  }

  /** The keys and values of a row's first tokens. */
  copyOf(row: number, length: number): KeyValues {
    const { headSize, keyValueHeads, layers, type } = this.shape
    const size = length * headSize
    const total = layers * 2 * keyValueHeads * size
    const values = type === "float32" ? new Float32Array(total) : new Uint16Array(total)
    this.eachHead(row, (plane, start, ordinal) => {
      values.set(plane.subarray(start, start + size), ordinal * size)
    })
    return { length, values }
  }

  /** Takes a row out; the last row comes in its place. */
  remove(row: number): void {
    const last = this.rows - 1
    const moved = this.lengths[last] ?? 0
    if (row !== last) {
      const rowSize = this.shape.keyValueHeads * this.reserved * this.shape.headSize
      for (const plane of this.planes) plane.copyWithin(row * rowSize, last * rowSize, (last + 1) * rowSize)
      this.lengths[row] = moved
    }
    this.lengths.pop()
    if (this.reserved > 2 * cellsFor(this.longest)) this.layOut(this.rows, this.longest)
  }

  /** Appends new cells to every row. */
  write({ count, plane: cellsOf }: NewCells): void {
    const { headSize, keyValueHeads } = this.shape
    const size = count * headSize
    for (let index = 0; index < this.planes.length; index++) {
      const plane = this.plane(index)
      const { at, values } = cellsOf(index)
      for (let row = 0; row < this.rows; row++) {
        for (let head = 0; head < keyValueHeads; head++) {
          const source = at(row, head)
          const target = ((row * keyValueHeads + head) * this.reserved + (this.lengths[row] ?? 0)) * headSize
          // A loop is faster than `set` for the few numbers of a single cell.
          for (let i = 0; i < size; i++) plane[target + i] = values[source + i] ?? 0
        }
      }
    }
    for (let row = 0; row < this.rows; row++) this.lengths[row] = (this.lengths[row] ?? 0) + count
  }

  private plane(index: number): CacheArray {
    const plane = this.planes[index]
    if (plane === undefined) throw new Error(`the cache has no plane ${index}`)
    return plane
  }

  /** Calls back for every plane and head of a row with the place of its first cell. */
  private eachHead(row: number, use: (plane: CacheArray, start: number, ordinal: number) => void): void {
    const { headSize, keyValueHeads } = this.shape
    this.planes.forEach((plane, index) => {
      for (let head = 0; head < keyValueHeads; head++) {
        const start = (row * keyValueHeads + head) * this.reserved * headSize
        use(plane, start, index * keyValueHeads + head)
      }
    })
  }

  /** Gives that many rows the cells that their longest sequence needs, and moves what they hold there. */
  private layOut(rows: number, tokens: number): void {
    const cells = this.cellsFor(rows, tokens)
    if (cells === this.reserved) return
    const { headSize, keyValueHeads } = this.shape
    const heads = this.rows * keyValueHeads
    const growing = cells > this.reserved
    for (const plane of this.planes) {
      for (let step = 0; step < heads; step++) {
        // From the end when places move up, from the beginning when they move down: nothing is overwritten before its turn.
        const head = growing ? heads - 1 - step : step
        const start = head * this.reserved * headSize
        const used = (this.lengths[Math.floor(head / keyValueHeads)] ?? 0) * headSize
        plane.copyWithin(head * cells * headSize, start, start + used)
      }
    }
    this.reserved = cells
  }

  private cellsFor(rows: number, tokens: number): number {
    if (this.shape.gapless === true) return tokens
    const needed = cellsFor(tokens)
    const keeps = needed <= this.reserved && this.reserved <= 2 * needed && rows * this.reserved <= this.room
    const cells = keeps ? this.reserved : needed
    if (!this.hasRoomFor(rows, tokens)) {
      throw new Error(`${rows} sequences of ${tokens} tokens exceed the cache of ${this.capacity} tokens`)
    }
    return cells
  }
}
