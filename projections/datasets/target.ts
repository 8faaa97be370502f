import type { Span } from "../../method/protocol.ts"
import type { AssessedTrajectory } from "../history/assessment.ts"
import type { Trajectory } from "../history/history.ts"
import type { Prompt, Target } from "./rows.ts"

/** The prompt a trajectory answers: the run's system message, and the question itself. */
export const promptOf = ({ question, trajectory }: AssessedTrajectory): Prompt => ({
  system: trajectory.settings.system,
  user: question.question
})

/** A trajectory as a training target: its transcript, with the environment's results out of the loss. */
export const targetOf = ({ transcript, rounds }: Trajectory): Target => ({
  text: transcript,
  loss: complement(
    rounds.map(({ resultStart, resultEnd }) => ({ start: resultStart, end: resultEnd })),
    transcript.length
  )
})

/** The stretches of a text of that length which none of the spans covers; the spans are in order and may touch. */
export const complement = (spans: ReadonlyArray<Span>, length: number): ReadonlyArray<Span> => {
  const rest: Array<Span> = []
  let start = 0
  for (const span of spans) {
    if (span.start > start) rest.push({ start, end: span.start })
    start = Math.max(start, span.end)
  }
  if (start < length) rest.push({ start, end: length })
  return rest
}
