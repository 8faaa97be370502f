import { actors } from "./commands/actors.ts"
import { audit } from "./commands/audit.ts"
import { datasets } from "./commands/datasets.ts"
import { dlq } from "./commands/dlq.ts"
import { doctor } from "./commands/doctor.ts"
import { exportCommand } from "./commands/export.ts"
import { log } from "./commands/log.ts"
import { pretrain } from "./commands/pretrain.ts"
import { quickstart } from "./commands/quickstart.ts"
import { report } from "./commands/report.ts"
import { run } from "./commands/run.ts"
import { score } from "./commands/score.ts"
import { serve } from "./commands/serve.ts"
import { train } from "./commands/train.ts"
import { up, worker } from "./commands/up.ts"

/** Every subcommand, in the order of the help text. */
export const commands = [
  quickstart,
  up,
  worker,
  run,
  report,
  datasets,
  pretrain,
  train,
  serve,
  exportCommand,
  audit,
  score,
  actors,
  log,
  dlq,
  doctor
] as const
