import type { TrainingRequest } from "../../../events/training.ts"
import { datasetName, layout, versions } from "./layout.ts"

/** What a person has to know about the folder. */
export const guide = ({ base, name, objective, settings }: TrainingRequest, commands: ReadonlyArray<string>): string =>
  `# ${name}: ${objective.kind} with LLaMA-Factory

Written for LLaMA-Factory ${versions} (\`pip install llamafactory\`${settings.devices?.zeroStage === undefined ? "" : ", and `deepspeed`"}). Run in this folder:

\`\`\`sh
${commands.join("\n")}
\`\`\`

To go on from a checkpoint, add \`resume_from_checkpoint=${layout.trained}/checkpoint-N\` to the first line.

| file | what it is |
| --- | --- |
| \`${layout.training}\` | the training of ${base.folder} |
${settings.lora === undefined ? "" : `| \`${layout.export}\` | the merging of the adapter into the weights |\n`}${
  settings.devices?.zeroStage === undefined
    ? ""
    : `| \`${layout.deepspeed}\` | DeepSpeed, ZeRO stage ${settings.devices.zeroStage} |\n`
}| \`${layout.data}/${layout.examples}\` | the examples, the dataset \`${datasetName}\` of \`${layout.data}/dataset_info.json\` |
| \`${layout.trained}/\` | checkpoints, logs and the result |

## What counts for the loss

${objective.kind === "dpo" ? dpoLoss : settings.maskResults ? maskedLoss : wholeLoss}

The turns of the examples hold the chat's markup themselves, and \`template: empty\` puts them together as they are. So the model
reads exactly what the policy reads and writes in a rollout, and no template adds a system message of its own.
`

const maskedLoss = `Everything that the policy wrote, and nothing of what the retriever answered: each \`<result>…</result>\` is a turn of
\`observation\`, and LLaMA-Factory leaves those out of the loss.`

const wholeLoss =
  "Every token of the answers, those of `<result>…</result>` included, as was requested (`maskResults: false`)."

const dpoLoss = `Every token of both answers, those of \`<result>…</result>\` included, as was requested (\`maskResults: false\`):
LLaMA-Factory's pairs have one turn for each answer, and none of its settings leaves a part of a turn out.`
