/**
 * The one function that a policy under training may call, as the sandbox of the method's trainer wants it: Python
 * source that defines it, and its schema as a tool. It asks the retriever at `SMARTSEARCH_RETRIEVER_URL` and prints the
 * documents.
 */
export const searchSource = `import os

import requests


def wikipedia_search(query, top_n=5):
    base = os.environ.get("SMARTSEARCH_RETRIEVER_URL", "http://127.0.0.1:8000")
    reply = requests.post(base + "/search", json={"query": query, "top_n": top_n}, timeout=60)
    reply.raise_for_status()
    print("\\n\\n".join(document["contents"] for document in reply.json()))
`

export const searchFunctions = [
  {
    type: "function",
    function: {
      name: "wikipedia_search",
      description: "Finds the passages of Wikipedia that fit a query best.",
      parameters: {
        type: "object",
        properties: {
          query: { type: "string", description: "What to look for." },
          top_n: { type: "integer", description: "How many passages to return.", default: 5 }
        },
        required: ["query"]
      }
    }
  }
] as const
