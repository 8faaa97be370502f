import { describe, expect, it } from "vitest"
import { GenerationError } from "./languageModel.ts"
import { RetrievalError } from "./retrieval/retriever.ts"

const broken = { detail: "HTTP 503", retryable: true } as const

describe("a server's failure", () => {
  it.each(["unreachable", "overloaded", "rate-limited"] as const)(
    "names the server that is away when it is %s",
    (reason) => {
      const server = "http://127.0.0.1:8000"
      expect(new GenerationError({ model: "judge", reason, server, ...broken }).outage).toBe(
        `model "judge" at ${server}`
      )
      expect(new RetrievalError({ retriever: "wiki", reason, ...broken }).outage).toBe('retriever "wiki"')
    }
  )

  it.each(["timeout", "server-error", "rejected", "malformed"] as const)("is no outage when it is %s", (reason) => {
    expect(new GenerationError({ model: "judge", reason, ...broken }).outage).toBeUndefined()
  })
})
