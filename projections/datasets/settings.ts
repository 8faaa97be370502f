import { Result, Schema } from "effect"
import { ScoringSettings } from "../../events/shapes.ts"
import type { Run } from "../history/history.ts"
import { scoringRules } from "../history/rules.ts"
import { differingKeys, type Leaf, leavesOf, withLeaf } from "./leaves.ts"
import { oneLine } from "./oneLine.ts"

/** The settings of a kind of dataset: a run's scoring settings, and some of its own with their defaults. */
export interface DatasetSettings<Config extends ScoringSettings> {
  readonly schema: Schema.Codec<Config, unknown>
  readonly complete: (scoring: ScoringSettings) => Config
}

/** Declares the settings of a kind of dataset by the schema of its own ones and their defaults. */
export const datasetSettings = <const Fields extends Schema.Struct.Fields>(
  fields: Fields,
  defaults: Schema.Struct.Type<Fields>
) => {
  const schema = Schema.Struct({ ...ScoringSettings.fields, ...fields })
  return { schema, complete: (scoring: ScoringSettings) => ({ ...scoring, ...defaults }) }
}

/**
 * Returned when settings can't be had: no run says which (`no-run`), several runs say different things
 * (`runs-disagree`), or an assignment is no `key=value` (`malformed`), names no setting (`unknown-setting`) or gives it
 * a wrong value (`invalid-value`).
 */
export class DatasetSettingsError extends Schema.TaggedError<DatasetSettingsError>()("DatasetSettingsError", {
  reason: Schema.Literals(["no-run", "runs-disagree", "malformed", "unknown-setting", "invalid-value"]),
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/**
 * The configuration of a dataset: what its runs recorded, the kind's own defaults, and over both the assignments, such
 * as `novelty.maxOverlap=0`. The runs must agree on what is not assigned.
 */
export const configure = <Config extends ScoringSettings>(
  settings: DatasetSettings<Config>,
  runs: Iterable<Run>,
  assignments: ReadonlyArray<string>
): Result.Result<Config, DatasetSettingsError> =>
  Result.gen(function* () {
    let agreed: { readonly runId: string; readonly config: Config } | undefined
    for (const { runId, started } of runs) {
      const config = yield* applyOverrides(settings.schema, settings.complete(started.scoring), assignments)
      agreed ??= { runId, config }
      const differing = differingKeys(agreed.config, config)
      if (differing.length > 0) {
        const keys = differing.join(", ")
        const detail = `runs ${agreed.runId} and ${runId} differ in ${keys}: set it with --set, or build from one run`
        return yield* Result.fail(new DatasetSettingsError({ reason: "runs-disagree", detail }))
      }
    }
    if (agreed !== undefined) return agreed.config
    const detail = "no RunStarted in this part of the log: no run says how its scores combine"
    return yield* Result.fail(new DatasetSettingsError({ reason: "no-run", detail }))
  })

/**
 * The settings with some of them assigned anew, later assignments last. Keys are paths (`f1.threshold`,
 * `thresholds.usefulness`); what they may be is read off the settings themselves.
 */
export const applyOverrides = <Config extends ScoringSettings>(
  schema: Schema.Codec<Config, unknown>,
  settings: Config,
  assignments: ReadonlyArray<string>
): Result.Result<Config, DatasetSettingsError> =>
  Result.gen(function* () {
    let config = settings
    for (const assignment of assignments) config = yield* assign(schema, config, assignment)
    const rules = scoringRules(config)
    if (Result.isSuccess(rules)) return config
    const detail = `${rules.failure.message}; another one can be had with --set combine=…`
    return yield* Result.fail(new DatasetSettingsError({ reason: "invalid-value", detail }))
  })

const assign = <Config extends ScoringSettings>(
  schema: Schema.Codec<Config, unknown>,
  settings: Config,
  assignment: string
): Result.Result<Config, DatasetSettingsError> => {
  const fail = (reason: DatasetSettingsError["reason"], detail: string) =>
    Result.fail(new DatasetSettingsError({ reason, detail: `--set ${assignment}: ${detail}` }))
  const split = assignment.indexOf("=")
  if (split <= 0) return fail("malformed", "expected key=value, such as novelty.maxOverlap=0")
  const key = assignment.slice(0, split).trim()
  const text = assignment.slice(split + 1).trim()
  const present = leavesOf(settings)
  const standing = key.startsWith(thresholdKey) && key.length > thresholdKey.length ? 1 : present.get(key)
  if (standing === undefined)
    return fail("unknown-setting", `no setting is called ${key}; there are ${listed(present)}`)
  const value = readAs(standing, text)
  if (value === undefined) return fail("invalid-value", `expected ${kindOf(standing)}`)
  const decoded = Schema.decodeUnknownResult(schema)(withLeaf(settings, key.split("."), value))
  return Result.isFailure(decoded)
    ? fail("invalid-value", oneLine(decoded.failure.message))
    : Result.succeed(decoded.success)
}

/** Scorers name their own thresholds, so any key under this one is a setting. */
const thresholdKey = "thresholds."

const listed = (leaves: ReadonlyMap<string, Leaf>): string =>
  [...new Set([...leaves.keys()].filter((key) => !key.startsWith(thresholdKey)).concat(`${thresholdKey}<scorer>`))]
    .sort()
    .join(", ")

const readAs = (standing: Leaf, text: string): Leaf | undefined => {
  if (typeof standing === "string") return text
  if (typeof standing === "boolean") return text === "true" ? true : text === "false" ? false : undefined
  const number = Number(text)
  return text === "" || !Number.isFinite(number) ? undefined : number
}

const kindOf = (standing: Leaf): string =>
  typeof standing === "string" ? "a text" : typeof standing === "boolean" ? "true or false" : "a number"
