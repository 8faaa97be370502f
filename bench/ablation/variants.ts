/** One curriculum of the ablation. */
export interface Variant {
  /** Unique. */
  readonly name: string
  /** The last stage it trains: what it is compared at. */
  readonly stage: "sft" | "dpo" | "grpo"
  /** As the paper calls it. */
  readonly title: string
  /** The paper's average F1 of it, in percent (arXiv 2601.04888, ablation study). */
  readonly paper: number
  /** Parts of the method that are left out. */
  readonly without: ReadonlyArray<string>
  /** Settings that keep the comparison fair. */
  readonly set?: ReadonlyArray<string>
}

/** The full method at each stage is one curriculum; every other variant trains one stage anew, from the full method's policy before it. */
export const variants: ReadonlyArray<Variant> = [
  { name: "full", stage: "sft", title: "SmartSearch", paper: 40.9, without: [] },
  { name: "sft-outcome", stage: "sft", title: "without process reward", paper: 38.2, without: ["sft.process-reward"] },
  { name: "full", stage: "dpo", title: "SmartSearch", paper: 43.2, without: [] },
  { name: "dpo-outcome", stage: "dpo", title: "without process reward", paper: 41.8, without: ["dpo.process-reward"] },
  {
    name: "dpo-samples",
    stage: "dpo",
    title: "without refinement",
    paper: 41.3,
    without: ["dpo.refinement"],
    // About as many rollouts as one sample and its branches are; of a single sample there would be no pair.
    set: ["curriculum.dpo.samples=2"]
  },
  { name: "full", stage: "grpo", title: "SmartSearch", paper: 47.2, without: [] },
  {
    name: "grpo-outcome",
    stage: "grpo",
    title: "without process reward",
    paper: 45.1,
    without: ["grpo.process-reward"]
  },
  { name: "grpo-samples", stage: "grpo", title: "without refinement", paper: 45.9, without: ["grpo.refinement"] },
  {
    name: "grpo-plain",
    stage: "grpo",
    title: "plain GRPO",
    paper: 44.7,
    without: ["grpo.process-reward", "grpo.refinement"]
  }
]

/** The stage whose policy a variant begins with; undefined for the base policy. */
export const stageBefore = { sft: undefined, dpo: "sft", grpo: "dpo" } as const
