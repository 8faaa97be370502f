const due: Array<() => void> = []

const runDue = (): void => {
  for (const run of due.splice(0)) run()
}

/**
 * Runs something when the event loop has handed out what it has now, together with all else that asked for it: what they send
 * leaves in one write.
 *
 * The client writes as soon as the code that published returns. Each reply of a model server would be a write of its own, which
 * costs the system and the broker as much as the message.
 */
export const atEndOfTurn = (run: () => void): void => {
  if (due.push(run) === 1) setImmediate(runDue)
}
