import { resolve } from "node:path"
import { Array as Arr, Result, Schema } from "effect"
import { checkSettings } from "./check.ts"
import { type ConfigDocument, type KeyPath, place, readDocument } from "./document.ts"
import { type Finding, findingsOf } from "./issues.ts"
import { applyOverride, type Override, overrideOption, parseOverride } from "./override.ts"
import { mapPaths } from "./paths.ts"
import { ConfigError, type Problem } from "./problems.ts"
import { Settings } from "./settings.ts"

/** What a configuration is read from. */
export interface ConfigSource {
  readonly text: string
  /** The file's name as messages give it. */
  readonly file: string
  /** Folder of the file: relative paths that it writes start here. */
  readonly folder: string
  /** Relative paths of defaults and of `--set` start here. */
  readonly workingFolder: string
  /** Changes from the command line, each `key.key=value`. The last one wins. */
  readonly set: ReadonlyArray<string>
}

/** The settings that a YAML text and its overrides stand for, with absolute paths. Fails with everything that is wrong at once. */
export const parseSettings = (source: ConfigSource): Result.Result<Settings, ConfigError> =>
  Result.mapError(parse(source), (problems) => new ConfigError({ problems }))

type Parsed<A> = Result.Result<A, ReadonlyArray<Problem>>

const parse = (source: ConfigSource): Parsed<Settings> =>
  Result.gen(function* () {
    const document = yield* readDocument(source.text, source.file)
    const overrides = yield* parseOverrides(source.set)
    const settings = yield* Result.mapError(decode(overrides.reduce(applyOverride, document.value ?? {})), (findings) =>
      problemsOf(findings, document, overrides, source.file)
    )
    return mapPaths(settings, (at, path) =>
      resolve(document.has(at) && !isOverridden(at, overrides, document) ? source.folder : source.workingFolder, path)
    )
  })

const parseOverrides = (set: ReadonlyArray<string>): Parsed<ReadonlyArray<Override>> => {
  const [overrides, problems] = Arr.partition(set, parseOverride)
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(overrides)
}

const decodeSettings = Schema.decodeUnknownResult(Settings)

const decode = (value: unknown): Result.Result<Settings, ReadonlyArray<Finding>> => {
  const decoded = decodeSettings(value, { errors: "all", onExcessProperty: "error", reportInput: true })
  return Result.flatMap(
    Result.mapError(decoded, ({ issue }) => findingsOf(issue)),
    (settings) => {
      const findings = checkSettings(settings)
      return findings.length > 0 ? Result.fail(findings) : Result.succeed(settings)
    }
  )
}

/** The findings in the order of the file; what came from the command line last. */
const problemsOf = (
  findings: ReadonlyArray<Finding>,
  document: ConfigDocument,
  overrides: ReadonlyArray<Override>,
  file: string
): ReadonlyArray<Problem> => {
  const overridden = findings.filter(({ at }) => isOverridden(at, overrides, document))
  const written = findings.filter((finding) => !overridden.includes(finding))
  return [
    ...written
      .map(({ at, message }) => ({ position: document.positionOf(at), message }))
      .sort((left, right) => left.position.line - right.position.line || left.position.column - right.position.column)
      .map(({ position, message }) => ({ where: place(file, position), message })),
    ...overridden.map(({ message }) => ({ where: overrideOption, message }))
  ]
}

/** Whether the value at `path`, or the mapping that holds it, came from the command line. */
const isOverridden = (path: KeyPath, overrides: ReadonlyArray<Override>, document: ConfigDocument): boolean =>
  overrides.some((override) => isWithin(path, override.path) || (!document.has(path) && isWithin(override.path, path)))

const isWithin = (path: KeyPath, outer: KeyPath): boolean =>
  outer.every((segment, depth) => String(segment) === String(path[depth]))
