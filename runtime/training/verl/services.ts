import type { Environment } from "../../files/programs.ts"

/** What a training by verl talks to. */
export interface Services {
  readonly rewardUrl: string
  readonly searchUrl: string
}

/** The addresses that the environment names, or those where the services listen by default. */
export const servicesIn = (environment: Environment): Services => ({
  rewardUrl: environment.SMARTSEARCH_REWARD_URL ?? "http://127.0.0.1:8100",
  searchUrl: environment.SMARTSEARCH_RETRIEVER_URL ?? "http://127.0.0.1:8000"
})
