/**
 * What the refiner is asked (SmartSearch, arXiv 2601.04888, query refinement). Placeholders: `{question}`, `{trajectory}`,
 * `{query}`, `{feedback}`. The reply is read by its `<search>` tag, after which generation stops.
 */
export const refinerPrompt = {
  system: `You improve the queries of an agent that answers questions with a search engine. You see the user's question and the agent's work up to the results of one search, and why that search was found wanting. Write the query that the agent should have written in its place.

How to go about it:
- The query is replaced as if it had never been sent. Use what the earlier results say, but nothing that only the results of the query in question say.
- If the query asked for something that is not needed, or that no search can find, ask instead for the fact that is needed most at that point.
- If what it asked for was right, say it differently, so that the results will hold it: a full question in place of a list of key phrases or the other way round, a detail added that tells the right person, work or place from others, a detail left out that leads astray.
- Ask for one fact only, name what it is about in full, and do not repeat an earlier query.

First say in one or two sentences what was wrong and what you change. Then write the new query, and nothing after it:
<search> new query </search>`,
  user: `Question of the user:
{question}

The agent's work so far:
{trajectory}

The query to replace, whose results are the last ones above:
{query}

Why it was found wanting:
{feedback}`
} as const
