import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { GenerationError, type GenerationRequest, LanguageModel } from "../../actors/languageModel.ts"
import { RetrievalError, Retriever } from "../../actors/retrieval/retriever.ts"
import type { Document, Question } from "../../events/shapes.ts"

/** The small world in which the story plays: one question, five passages, and what the models say. */

export const question: Question = {
  id: "opera",
  dataset: "demo",
  question: "In which city was the architect of the Sydney Opera House born?",
  goldenAnswers: ["Copenhagen", "København"],
  evidence: {
    passageIds: ["opera", "utzon"],
    titles: ["Sydney Opera House", "Jørn Utzon"],
    subQuestions: [
      { question: "Who designed the Sydney Opera House?", passageId: "opera" },
      { question: "Where was Jørn Utzon born?", passageId: "utzon" }
    ]
  }
}

const passages = {
  opera:
    '"Sydney Opera House"\nThe Sydney Opera House stands on a headland of Sydney Harbour. Its shells were designed by the Danish architect Jørn Utzon.',
  point:
    '"Bennelong Point"\nBennelong Point is a headland of Sydney Harbour. A tram depot stood there before the opera house.',
  competition:
    '"Opera house competition"\nThe competition for an opera house in Sydney drew more than two hundred designs.',
  utzon:
    '"Jørn Utzon"\nJørn Utzon was an architect, born in Copenhagen in 1918. He grew up in Aalborg, where his father built ships.',
  centre: '"Utzon Center"\nThe Utzon Center stands on the waterfront of Aalborg. It was the architect\'s last building.'
} as const

type PassageId = keyof typeof passages

/** What the search engine finds, best first. */
const findings: Readonly<Record<string, ReadonlyArray<PassageId>>> = {
  "Sydney Opera House architect": ["opera", "competition", "point"],
  "Sydney Opera House architect city": ["opera", "point", "competition"],
  "Where was Jørn Utzon born?": ["utzon", "centre", "opera"],
  "Danish architect hometown": ["centre", "point", "competition"],
  "Jørn Utzon family": ["centre", "utzon"]
}

const document = (id: PassageId, rank: number): Document => ({ id, contents: passages[id], score: 9.5 - 2 * rank })

/** A search engine that refuses the query it does not know. */
export const retriever = Layer.succeed(Retriever, {
  search: ({ query, retriever }) => {
    const found = findings[query]
    return found === undefined
      ? Effect.fail(
          new RetrievalError({ retriever, reason: "rejected", detail: "the query has no words", retryable: false })
        )
      : Effect.as(TestClock.adjust("12 millis"), { documents: found.map(document), fingerprint: "bm25:demo" })
  }
})

/** The first thought goes on after the `<think>` that every assistant turn begins with. */
const thought = (text: string): string => `${text}</think>\n`
const laterThought = (text: string): string => `<think>${thought(text)}`

const search = (query: string): string => `<search>${query}</search>`

const answer = (city: string): string => `<answer>The final answer is \\[ \\boxed{${city}} \\]</answer>`

const firstQuery = thought("I need the architect first.") + search("Sydney Opera House architect")

/** What the policy writes, by the seed of its sample and the number of results it has seen. */
const outputs: Readonly<Record<number, ReadonlyArray<string>>> = {
  // Finds the architect, then asks for the same again and guesses.
  42: [
    firstQuery,
    laterThought("Now the city.") + search("Sydney Opera House architect city"),
    laterThought("All of this is about Sydney.") + answer("Sydney")
  ],
  // Asks without knowing whom, and forgets how a thought begins.
  43: [
    thought("A Danish architect, I think.") + search("Danish architect hometown"),
    laterThought("The name is Utzon.") + search("Jørn Utzon family"),
    thought("He grew up in Aalborg.") + answer("Aalborg")
  ],
  // Finds everything.
  44: [
    firstQuery,
    laterThought("It was Jørn Utzon.") + search("Where was Jørn Utzon born?"),
    laterThought("Born in Copenhagen.") + answer("Copenhagen")
  ],
  // Asks for nothing that can be searched.
  45: [thought("Let me look.") + search("???")]
}

/** The branch of the first sample goes on from the refined query. */
const branchOutput = laterThought("He was born in Copenhagen in 1918.") + answer("Copenhagen")

const judgement = (explanation: string, score: 0 | 1): string =>
  `<explanation>${explanation}</explanation>\n<score>${score}</score>`

const judgements: Readonly<Record<string, string>> = {
  "Sydney Opera House architect": judgement(
    "It asks who designed the building, which is needed. The results name him.",
    1
  ),
  "Sydney Opera House architect city": judgement("It wants the architect's city of birth. No result says it.", 0),
  "Where was Jørn Utzon born?": judgement("It asks for the place of birth, and the results state it.", 1),
  "Danish architect hometown": judgement("It names nobody, so the results are about other things.", 0),
  "Jørn Utzon family": "The query is reasonable, I would say."
}

const refinements: Readonly<Record<string, string>> = {
  "Sydney Opera House architect city":
    "The architect is known by now, so ask about him by name.\n<search> Where was Jørn Utzon born? </search>",
  "Danish architect hometown": "I would ask for the architect."
}

/** The student takes every query for a good one that names what is asked for. */
const studentScore = (user: string): string => {
  const query = Array.from(user.matchAll(/<search>(.*?)<\/search>/g), ([, query = ""]) => query).at(-1) ?? ""
  return `<score> ${/architect|born/.test(query) ? 1 : 0} </score>`
}

const policyText = ({ assistant, sampling }: GenerationRequest): string | undefined => {
  if (assistant.includes("Where was Jørn Utzon born?") && sampling.seed === 42) return branchOutput
  return outputs[sampling.seed ?? 0]?.[assistant.split("</result>").length - 1]
}

/** The query that a judge or refiner is asked about stands in its user message. */
const byQuery = (replies: Readonly<Record<string, string>>, user: string): string | undefined =>
  Object.entries(replies).find(([query]) => user.split("\n").includes(query))?.[1]

const textOf = (request: GenerationRequest): string | undefined => {
  switch (request.model) {
    case "policy":
      return policyText(request)
    case "judge":
      return byQuery(judgements, request.user)
    case "student":
      return studentScore(request.user)
    default:
      return byQuery(refinements, request.user)
  }
}

/** Tokens are words. */
const tokensOf = (text: string): number => text.split(/\s+/).length

/** The server tells tokens and their probabilities for one sample only. */
const probabilities = (request: GenerationRequest, text: string) =>
  request.model === "policy" && request.sampling.seed === 44
    ? {
        tokenIds: Array.from({ length: tokensOf(text) }, (_, place) => 1000 + place),
        logProbs: Array.from({ length: tokensOf(text) }, (_, place) => -place / 8)
      }
    : {}

/** What the server calls the models. */
const served: Readonly<Record<string, string>> = { policy: "qwen2.5-3b-instruct", student: "school-student" }

/** Four models behind one server, which refuses the sample that the script does not know. */
export const models = Layer.succeed(LanguageModel, {
  generate: (request) => {
    const text = textOf(request)
    if (text === undefined) {
      const detail = "HTTP 400: the prompt holds a character that the tokenizer does not know"
      return Effect.fail(new GenerationError({ model: request.model, reason: "rejected", detail, retryable: false }))
    }
    return Effect.succeed({
      text,
      finishReason: "stop",
      model: served[request.model] ?? "qwen3-32b",
      promptTokens: tokensOf(request.system) + tokensOf(request.user) + tokensOf(request.assistant),
      completionTokens: tokensOf(text),
      ...probabilities(request, text),
      latencyMs: 100 + text.length
    })
  }
})
