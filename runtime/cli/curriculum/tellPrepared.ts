import { Effect } from "effect"
import type { PreparedCurriculum } from "../../system/curriculum/elsewhere/prepareCurriculum.ts"
import { stagePlace } from "../../system/curriculum/elsewhere/request.ts"
import { note, print } from "../terminal.ts"
import { fromHere } from "../training/outcome.ts"

/** Tells a person what was written for engines outside this process, and what to start there. */
export const tellPrepared = Effect.fnUntraced(function* ({ commands, folder, remarks }: PreparedCurriculum) {
  for (const remark of remarks) yield* note(remark)
  if (commands.length === 0)
    return yield* print(`\nNo stage has anything to learn from; see ${fromHere(folder)}/README.md`)
  yield* print(`\nThe files are in ${fromHere(folder)}, with a README.md; to be run there:`)
  for (const command of commands) yield* print(`  ${command}`)
})

/** The same for a program to read. */
export const preparedJson = ({ commands, folder, remarks, stages }: PreparedCurriculum) => ({
  folder,
  commands,
  remarks,
  stages: stages.map(({ prepared, rows, stage, training }) => ({
    name: stage,
    place: stagePlace(stage),
    engine: training.engine,
    rows,
    prepared: prepared !== undefined
  }))
})
