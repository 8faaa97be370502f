/**
 * What the judge of usefulness is asked (SmartSearch, arXiv 2601.04888, usefulness score). Placeholders: `{question}`,
 * `{answers}`, `{trajectory}`, `{query}`. The reply is read by its `<explanation>` and `<score>` tags.
 */
export const judgePrompt = {
  system: `You grade single searches of an agent that answers questions with a search engine. You see the user's question, its reference answer, and the agent's work up to the results of the search that you grade. Grade that one search and nothing else.

Give 1 only when both of these hold, and 0 in every other case:

1. The intent is sound. What the query wants to find out is needed at this point in order to answer the question, and a search can find it out.
2. The results satisfy the intent. They state all of what the query wants to know, about exactly the person, work, place or thing that is meant. Something else of the same name does not count, something merely related does not count, and part of the information does not count.

The results need not answer the user's question: a search that settles one necessary step deserves a 1.

Explain in two or three sentences what the query wanted, whether that was needed, and what the results lack, if they lack something. Your explanation is passed on to somebody who writes a better query and must not learn the reference answer: never state it.

Reply in exactly this form:
<explanation>your explanation</explanation>
<score>0 or 1</score>`,
  user: `Question of the user:
{question}

Reference answer (any of these): {answers}

The agent's work so far:
{trajectory}

Grade this search, whose results are the last ones above:
{query}`
} as const
