"""SmartSearch's search agent as an agent loop of verl 0.7: one assistant turn that searches by tags.

    <think> … </think><search> query </search><result>result:
    documents
    </result>
    <think> … </think><answer> … \\boxed{…} … </answer>

verl's own tool agent speaks the tool calls of chat templates instead, which a policy fine-tuned on these tags never writes.
Results are no tokens of the policy: the response mask leaves them out of the loss.
"""

import json
import re
import time
import urllib.request
from uuid import uuid4

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopOutput

PRIMING = "<think>"
STOP = "</search>"
ATTEMPTS = 6
FIRST_WAIT = 1.0

STOPPING = {
    "vllm": {"stop": [STOP], "include_stop_str_in_output": True},
    "sglang": {"stop": [STOP], "no_stop_trim": True},
}
"""How each server is told to stop after a search, and to keep what stopped it."""


class SearchAgentLoop(AgentLoopBase):
    """Generates up to `</search>`, appends what the retriever finds, and goes on until there is no search.

    Its settings stand in `agent.yaml`:
        search_url: the retriever, which answers `POST /search {query, top_n}` with a list of `{id, contents}`
        top_k: documents for each query
        max_turns: generations at most
        mask_results: whether results stay out of the loss
        server: what generates, `vllm` or `sglang`
    """

    def __init__(self, *args, search_url, top_k, max_turns, mask_results, server, **kwargs):
        super().__init__(*args, **kwargs)
        self.search_url = search_url.rstrip("/") + "/search"
        self.top_k = top_k
        self.max_turns = max_turns
        self.mask_results = mask_results
        self.stopping = STOPPING[server]
        self.response_length = self.config.actor_rollout_ref.rollout.response_length

    async def run(self, sampling_params, **kwargs):
        messages = list(kwargs["raw_prompt"])
        prompt_ids = list(await self.apply_chat_template(messages))
        request_id = uuid4().hex
        ids, mask, logprobs, rounds = [], [], [], []
        metrics = {"generate_sequences": 0.0, "tool_calls": 0.0}
        turns = 0

        def append(token_ids, learnt, log_probs=None):
            ids.extend(token_ids)
            mask.extend([1 if learnt else 0] * len(token_ids))
            logprobs.extend(log_probs or [0.0] * len(token_ids))

        append(self._encode(PRIMING), learnt=False)
        while turns < self.max_turns and len(ids) < self.response_length:
            turns += 1
            begun = time.monotonic()
            params = {**sampling_params, **self.stopping, "max_tokens": self.response_length - len(ids)}
            output = await self.server_manager.generate(
                request_id=request_id, prompt_ids=prompt_ids + ids, sampling_params=params
            )
            metrics["generate_sequences"] += time.monotonic() - begun
            append(list(output.token_ids), learnt=True, log_probs=output.log_probs)
            queries = issued_queries(self.tokenizer.decode(output.token_ids, skip_special_tokens=True))
            if not queries or turns == self.max_turns:
                break
            begun = time.monotonic()
            for query in queries:
                documents = await self.loop.run_in_executor(None, self._search, query)
                rounds.append({"query": query, "document_ids": [str(document["id"]) for document in documents]})
                results = render_results([document["contents"] for document in documents])
                append(self._encode(results), learnt=not self.mask_results)
            metrics["tool_calls"] += time.monotonic() - begun

        length = self.response_length
        return AgentLoopOutput(
            prompt_ids=prompt_ids,
            response_ids=ids[:length],
            response_mask=mask[:length],
            response_logprobs=logprobs[:length] if sampling_params.get("logprobs") else None,
            num_turns=turns + len(rounds),
            metrics=metrics,
            # Handed to compute_score as extra_info["search"].
            extra_fields={"search": {"question": messages[-1]["content"], "rounds": rounds}},
        )

    def _encode(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False)

    def _search(self, query):
        """The documents for a query, best first; none for an empty one, which retrievers refuse."""
        if query == "":
            return []
        data = json.dumps({"query": query, "top_n": self.top_k}).encode("utf-8")
        reason = None
        for attempt in range(ATTEMPTS):
            if attempt > 0:
                time.sleep(FIRST_WAIT * 2 ** (attempt - 1))
            request = urllib.request.Request(self.search_url, data=data, headers={"Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    return json.load(response)
            except (OSError, ValueError) as error:
                reason = error
        raise RuntimeError(f"the retriever {self.search_url} gave no documents in {ATTEMPTS} attempts: {reason}")


def issued_queries(output):
    """The queries of one output, in order; none when its search tags do not pair up."""
    opened = [match.start() for match in re.finditer("<search>", output)]
    closed = [match.start() for match in re.finditer("</search>", output)]
    if len(opened) != len(closed) or any(start > end for start, end in zip(opened, closed)):
        return []
    return [query.strip() for query in re.findall("<search>(.*?)</search>", output, re.DOTALL)]


def render_results(contents):
    """What is appended for one query. A blank parts the tags that a document quotes, so that it can't end its own result."""
    documents = re.sub(r"<(?=/?(?:think|search|result|answer)>|/search<)", "< ", "\n\n".join(contents).strip())
    return f"<result>result: \n{documents}\n</result>\n" if documents else "<result>\n</result>\n"
