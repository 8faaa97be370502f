"""Training steps of a Qwen2 model in PyTorch, for comparison: forward, cross-entropy, backward, clipping, AdamW.

    /usr/bin/python3 bench/torch/train.py '{"vocabulary": 768, …, "batch": 32, "length": 112, "threads": 2, "waiting": "asleep"}'

Threads that wait for others do so "spinning", as they do by default and which is fastest on idle cores, or "asleep". First it tells about itself in one line of JSON. Then each line of input, a number of steps, is answered with one line: the
milliseconds of each of them, the last loss, and the process's memory.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

settings = json.loads(sys.argv[1])
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(settings["threads"])
if settings["waiting"] == "asleep":
    os.environ["OMP_WAIT_POLICY"] = "passive"
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = "4"

import torch  # noqa: E402, after the threads are set
from torch.nn.functional import cross_entropy  # noqa: E402

sys.path.append(str(Path(__file__).parents[2] / "test" / "fixtures" / "torch"))
import qwen2  # noqa: E402

torch.set_num_threads(settings["threads"])
torch.manual_seed(0)

config = qwen2.Config(**{name: settings[name] for name in qwen2.Config.__dataclass_fields__ if name in settings})
batch, length = settings["batch"], settings["length"]


def initial(name, shape):
    if len(shape) == 1:
        return torch.ones(shape) if "norm" in name else torch.zeros(shape)
    return torch.randn(shape) * 0.02


weights = {name: torch.nn.Parameter(initial(name, shape)) for name, shape in qwen2.shapes(config).items()}
decayed = [weight for weight in weights.values() if weight.dim() > 1]
others = [weight for weight in weights.values() if weight.dim() == 1]
optimizer = torch.optim.AdamW(
    [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr=1e-3, betas=(0.9, 0.98)
)


def step():
    ids = torch.randint(config.vocabulary, (batch, length))
    targets = torch.randint(config.vocabulary, (batch * length,))
    begun = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = cross_entropy(qwen2.logits(config, weights, ids).view(batch * length, -1), targets)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
    optimizer.step()
    told = loss.item()
    return (time.perf_counter() - begun) * 1000, told


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def tell(value):
    print(json.dumps(value), flush=True)


about = f"PyTorch {torch.__version__} ({settings['threads']} threads, waiting {settings['waiting']})"
tell({"version": about, "parameters": sum(weight.numel() for weight in weights.values())})
for line in sys.stdin:
    steps = [step() for _ in range(int(line))]
    tell(
        {
            "milliseconds": [milliseconds for milliseconds, _ in steps],
            "loss": steps[-1][1],
            "bytes": resident_bytes(),
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )
