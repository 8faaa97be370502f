import type { Environment } from "../../files/programs.ts"

/** What a training by verl talks to. */
export interface Services {
  readonly rewardUrl: string
  readonly searchUrl: string
  /** Documents that the policy gets for each query. */
  readonly topK: number
}

/** As the paper has it, section on experiments. */
const paperTopK = 5

/** The addresses that the environment names, else those that are configured, or those where the services listen by default. */
export const servicesIn = (environment: Environment, configured: Partial<Services> = {}): Services => ({
  rewardUrl: environment.SMARTSEARCH_REWARD_URL ?? configured.rewardUrl ?? "http://127.0.0.1:8100",
  searchUrl: environment.SMARTSEARCH_RETRIEVER_URL ?? configured.searchUrl ?? "http://127.0.0.1:8000",
  topK: configured.topK ?? paperTopK
})
