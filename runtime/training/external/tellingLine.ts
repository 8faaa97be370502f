/** What is put before a line by Ray (`(TaskRunner pid=12, ip=…)`) and by torchrun (`[rank0]:`). */
const speaker = /^(?:\([^)]*pid=\d+[^)]*\)|\[rank\d+\]:)\s?/

/** A line of a program's output without the name of the process that wrote it. */
export const withoutSpeaker = (line: string): string => line.replace(speaker, "")

/** `ValueError: …`, `torch.OutOfMemoryError: …`: how Python ends a traceback. */
const exception = /^(?:\w+\.)*\w*(?:Error|Exception|Exit)(?:: .*|:)?$/

/** Exceptions that only say that another process failed. */
const wrapper = /^(?:\w+\.)*(?:ChildFailedError|CalledProcessError|RayTaskError|RayActorError)\b/

/** The line that says best why a program failed: its last exception that is no mere wrapper, or else the last line of all. */
export const tellingLine = (lines: ReadonlyArray<string>): string | undefined => {
  const spoken = lines.map((line) => withoutSpeaker(line).trim()).filter((line) => line !== "")
  return spoken.findLast((line) => exception.test(line) && !wrapper.test(line)) ?? spoken.at(-1)
}
