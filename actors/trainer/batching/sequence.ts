/** Token ids, and for each of them whether the policy is to learn it. Of one length. */
export interface Sequence {
  readonly ids: ArrayLike<number>
  /** 1 for a token that counts for the loss, 0 for the prompt and for what the environment wrote. */
  readonly mask: ArrayLike<number>
}

/** Sequences that belong in one micro-batch: one alone, or the chosen and the rejected answer of a pair. */
export type Item = ReadonlyArray<Sequence>

/** What a sequence needs of a batch's shape: tokens to read, and tokens to predict. */
export interface Extent {
  readonly length: number
  readonly targets: number
}

/** The first tokens of a sequence, `length` at most; the sequence itself when it has no more. */
export const cutOff = (sequence: Sequence, length: number): Sequence =>
  sequence.ids.length <= length
    ? sequence
    : {
        ids: Array.from({ length }, (_, index) => sequence.ids[index] ?? 0),
        mask: Array.from({ length }, (_, index) => sequence.mask[index] ?? 0)
      }

/** Where the tokens that count stand, in order. The first token never does: nothing comes before it to predict it from. */
export const targetIndexes = ({ ids, mask }: Sequence): ReadonlyArray<number> => {
  const indexes: Array<number> = []
  for (let index = 1; index < ids.length; index++) if (mask[index] === 1) indexes.push(index)
  return indexes
}

/** The largest extent of an item's sequences. */
export const extentOf = (item: Item): Extent => ({
  length: Math.max(...item.map(({ ids }) => ids.length)),
  targets: Math.max(...item.map((sequence) => targetIndexes(sequence).length))
})
