import type { Settings } from "../../../../config/settings.ts"

/**
 * The same configuration, with every dataset of the stages also in the formats that engines outside this process are given: what
 * they read themselves, and `jsonl`, which says what counts for the loss.
 */
export const withEngineFormats = (settings: Settings): Settings => {
  const { sft, dpo, rl, ...others } = settings.datasets
  return {
    ...settings,
    datasets: {
      ...others,
      sft: { ...sft, formats: including(sft.formats, ["alpaca", "jsonl"]) },
      dpo: { ...dpo, formats: including(dpo.formats, ["alpaca", "jsonl"]) },
      rl: { ...rl, formats: including(rl.formats, ["verl", "jsonl"]) }
    }
  }
}

type NonEmpty<A> = readonly [A, ...Array<A>]

const including = <A>(formats: NonEmpty<A>, needed: ReadonlyArray<A>): NonEmpty<A> => [
  ...formats,
  ...needed.filter((format) => !formats.includes(format))
]
