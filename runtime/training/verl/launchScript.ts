import { devicesInScript, type Overrides, type OverrideValue } from "./overrides.ts"

/** The shell script that starts verl, with its arguments one a line; further overrides may be given to it. */
export const launchScript = (overrides: Overrides): string => {
  const fixed = Object.entries(overrides).map(([key, value]) => shellWord(`${key}=${hydraValue(value)}`))
  const devices = Object.entries(devicesInScript).map(
    ([key, { standard, variable }]) => `"${key}=\${${variable}:-${standard}}"`
  )
  return `#!/bin/sh
# Starts the training, or goes on from its last checkpoint. Arguments are further overrides of verl's configuration.
set -eu
# Ray would leave out lines that look alike.
export RAY_DEDUP_LOGS=0
exec "\${SMARTSEARCH_PYTHON:-python3}" -m verl.trainer.main_ppo \\
${[...fixed, ...devices].map((word) => `  ${word} \\\n`).join("")}  "$@"
`
}

/** A value in Hydra's grammar of overrides (https://hydra.cc/docs/advanced/override_grammar/basic). */
const hydraValue = (value: OverrideValue): string => {
  switch (typeof value) {
    case "number":
      return String(value)
    case "boolean":
      return value ? "True" : "False"
    case "string":
      return isPlain(value) ? value : `'${value.replace(/(\\*)'/g, "$1$1\\'")}'`
    default:
      return `[${value.map(hydraValue).join(",")}]`
  }
}

/** Whether Hydra reads the text as itself without quotes. */
const isPlain = (text: string): boolean =>
  /^[A-Za-z_/][\w/.:@%+-]*$/.test(text) && !/^(?:true|false|null|nan|inf)$/i.test(text)

const shellWord = (text: string): string => (/^[\w./:=+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
