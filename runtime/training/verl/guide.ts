import type { TrainingRequest } from "../../../events/training.ts"
import { lastPolicy, layout, verlVersion } from "./layout.ts"
import type { Rollouts } from "./objective.ts"
import { devicesInScript } from "./overrides.ts"
import type { Services } from "./services.ts"

/** What a person has to know about the folder. */
export const guide = (
  { base, name, settings }: TrainingRequest,
  rollouts: Rollouts,
  { rewardUrl, searchUrl }: Services
): string => `# ${name}: grpo with verl

Written for verl 0.7 (\`pip install verl==${verlVersion}\`, with ${rollouts.server}) on Ray. Two services have to run:

- the retriever at ${searchUrl}: \`POST /search {"query", "top_n"}\` answers a list of \`{"id", "contents"}\`;
- the rewards at ${rewardUrl}: \`smartsearch serve reward --config FILE\`, with a judge model in the configuration
  (\`judge.kind: llm\`); without one, only the novelty of queries is scored.

Then, in this folder:

\`\`\`sh
sh ${layout.launch}
\`\`\`

It goes on from its last checkpoint when it is started again. Devices come from the environment:

| variable | what it is | default |
| --- | --- | --- |
${Object.entries(devicesInScript)
  .map(([key, { standard, variable }]) => `| \`${variable}\` | \`${key}\` | ${standard} |`)
  .join("\n")}
| \`SMARTSEARCH_PYTHON\` | the Python that has verl | \`python3\` |

| file | what it is |
| --- | --- |
| \`${layout.launch}\` | the training of ${base.folder}; further overrides may be given to it |
| \`${layout.agent}\`, \`${layout.searchAgent}\` | the rollouts: one assistant turn that searches by tags, at most ${rollouts.maxTurns} generations |
| \`${layout.reward}\` | verl's reward function, which asks the reward service |
| \`${layout.train}\` | the questions |
| \`${layout.test}\` | the first of them, as verl does not start without a file to validate on; validation is off (\`trainer.test_freq=-1\`) |
| \`${layout.checkpoints}/\` | what verl writes; the policy is in \`${lastPolicy}\` |

## What counts for the loss

${
  settings.maskResults
    ? "Everything that the policy wrote; the response mask leaves `<result>…</result>` out."
    : "Every token of the response, those of `<result>…</result>` included, as was requested (`maskResults: false`)."
}

On several machines, the folder and the model have to be at the same path on each of them.
`
