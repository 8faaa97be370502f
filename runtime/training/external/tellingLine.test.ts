import { expect, it } from "@effect/vitest"
import { lineSplitter } from "./lines.ts"
import { tellingLine } from "./tellingLine.ts"

it.each([
  ["nothing", [], undefined],
  ["only blank lines", ["", "  "], undefined],
  ["no exception", ["loading", "no space left on device"], "no space left on device"],
  [
    "torchrun around a failed worker",
    [
      "[rank0]: Traceback (most recent call last):",
      "[rank0]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
      "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ",
      "============================================================",
      "subprocess.CalledProcessError: Command '['torchrun']' returned non-zero exit status 1."
    ],
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
  ],
  [
    "Ray around a failed task",
    [
      "(TaskRunner pid=42) step:1 - actor/kl_loss:0.001",
      "ray.exceptions.RayTaskError(ValueError): ray::TaskRunner.run() (pid=42, ip=10.0.0.1)",
      "ValueError: the reward service refused the request"
    ],
    "ValueError: the reward service refused the request"
  ]
])("the telling line of %s", (_, lines, line) => {
  expect(tellingLine(lines)).toBe(line)
})

it("lines are cut wherever the chunks end, and are what a terminal would show", () => {
  const lines: Array<string> = []
  const splitter = lineSplitter((line) => lines.push(line))
  const bytes = Buffer.from("é 1\n 10%|█  | 1/9\r          \r{'loss': 1}\n\u001b[36mblue\u001b[0m\nend")
  for (const byte of bytes) splitter.push(Buffer.of(byte))
  splitter.end()
  expect(lines).toEqual(["é 1", "{'loss': 1}", "blue", "end"])
})
