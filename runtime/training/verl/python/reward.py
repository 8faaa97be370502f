"""The reward of a trajectory, for verl's custom_reward_function: asks SmartSearch's reward service over HTTP.

The service is `smartsearch serve reward`. Needs nothing but Python's standard library.
"""

import json
import time
import urllib.error
import urllib.request

ATTEMPTS = 6
"""Requests at most for one trajectory."""

FIRST_WAIT = 1.0
"""Seconds before the second request; the wait doubles with every further one."""

TIMEOUT = 300.0
"""Seconds that a judge may take for all queries of one trajectory."""


def compute_score(data_source, solution_str, ground_truth, extra_info=None, url="http://127.0.0.1:8100"):
    """Rewards one trajectory.

    `extra_info["search"]` comes from `search_agent.py`: the question, and the ids of what each query retrieved. Without it
    the service tells documents apart by their text.

    Returns `score` with what it is made of, as verl logs it. Raises RuntimeError when there is no reward to be had: a
    made-up one would be learnt from.
    """
    search = (extra_info or {}).get("search") or {}
    answers = [ground_truth] if isinstance(ground_truth, str) else list(ground_truth)
    body = {
        "data_source": str(data_source),
        "solution": solution_str,
        "golden_answers": [str(answer) for answer in answers],
    }
    if search.get("question"):
        body["question"] = search["question"]
    if search.get("rounds") is not None:
        body["rounds"] = [{"document_ids": list(entry["document_ids"])} for entry in search["rounds"]]
    reply = _post(url.rstrip("/") + "/reward", body)
    parts = reply["components"]
    return {
        "score": reply["reward"],
        "f1": parts["f1"],
        "format": parts["format"],
        "n_correct": parts["n_correct"],
        "n_wrong": parts["n_wrong"],
    }


def _post(url, body):
    """Sends a body until it is answered; what is wrong with the body itself is not sent again."""
    data = json.dumps(body).encode("utf-8")
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt > 0:
            time.sleep(FIRST_WAIT * 2 ** (attempt - 1))
        request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            reason = f"answered {error.code}: {_message(error)}"
            if error.code < 500 and error.code != 429:
                raise RuntimeError(f"the reward service {url} refused a trajectory: it {reason}") from error
        except (OSError, ValueError) as error:
            reason = f"did not answer: {error}"
    raise RuntimeError(
        f"the reward service {url} {reason} ({ATTEMPTS} attempts); is `smartsearch serve reward` running there?"
    )


def _message(error):
    """What the service says of an error."""
    try:
        return json.load(error)["error"]["message"]
    except (OSError, ValueError, KeyError, TypeError):
        return error.reason
