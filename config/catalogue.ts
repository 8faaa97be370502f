import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { SchemaAST } from "effect"
import { Settings } from "./settings.ts"

/** Writes `docs/configuration.md` from the schema of the configuration: every key with its type, default and meaning. */

/** One key. */
interface Row {
  readonly key: string
  readonly type: string
  readonly standard: string
  readonly meaning: string
}

/** A table of keys that belong together. */
interface Section {
  /** Of its heading. */
  readonly level: number
  readonly title: string
  readonly text: string
  readonly rows: ReadonlyArray<Row>
}

const introduction = `# Configuration

One YAML file configures a run; \`--config\` takes its path or the name of a preset (\`atlas\`, \`quickstart\`, \`paper-3b\`;
see \`config/presets/\`). \`--set key.key=value\` changes one value from the command line, as often as needed: the value is
YAML in one line, a number is a place in a list, and a key with dots goes into double quotes.

Relative paths start at the folder of the file that writes them; those of defaults and of \`--set\` at the working folder.
Secrets are never written: the keys that end in \`Env\` name environment variables. Everything that is wrong is reported at
once, one line each, with its place.

This page is generated from the schema: \`node config/catalogue.ts --write\`.
`

/** The whole page. */
export const configurationPage = (): string => {
  const root = Settings.ast
  if (!SchemaAST.isObjects(root)) throw new Error("the configuration is no mapping")
  const sections = root.propertySignatures.flatMap((property) => sectionsOf(String(property.name), property.type))
  return [introduction, ...sections.map(renderSection)].join("\n")
}

/** A top-level key, followed by the variants that it or the keys in it can have. */
const sectionsOf = (key: string, type: SchemaAST.AST): ReadonlyArray<Section> => {
  const { rows, variants } = keysOf(key, type)
  return [{ level: 2, title: `\`${key}\``, text: `${meaningOf(type)}${presenceOf(type)}`, rows }, ...variants]
}

interface Keys {
  readonly rows: ReadonlyArray<Row>
  readonly variants: ReadonlyArray<Section>
}

/** The keys inside a value of this type, however deep. */
const keysOf = (path: string, type: SchemaAST.AST): Keys => {
  if (isTagged(type)) return { rows: [], variants: variantsOf(path, type) }
  if (SchemaAST.isUnion(type)) return joined(type.types.map((member) => keysOf(path, member)))
  if (SchemaAST.isArrays(type)) return type.rest[0] === undefined ? none : keysOf(`${path}[]`, type.rest[0])
  if (!SchemaAST.isObjects(type)) return none
  const [entry] = type.indexSignatures
  if (entry !== undefined) return keysOf(`${path}.<name>`, entry.type)
  return joined(
    type.propertySignatures
      .filter(({ name }) => name !== discriminator)
      .map((property) => {
        const key = `${path}.${String(property.name)}`
        const { rows, variants } = keysOf(key, property.type)
        return { rows: [rowOf(key, property.type), ...rows], variants }
      })
  )
}

const none: Keys = { rows: [], variants: [] }

const joined = (keys: ReadonlyArray<Keys>): Keys => ({
  rows: keys.flatMap(({ rows }) => rows),
  variants: keys.flatMap(({ variants }) => variants)
})

const discriminator = "kind"

const isTagged = (type: SchemaAST.AST): type is SchemaAST.Union<SchemaAST.Objects> =>
  SchemaAST.isUnion(type) && type.types.every((variant) => kindOf(variant) !== undefined)

const kindOf = (variant: SchemaAST.AST): string | undefined => {
  if (!SchemaAST.isObjects(variant)) return undefined
  const kind = variant.propertySignatures.find(({ name }) => name === discriminator)?.type
  return kind !== undefined && SchemaAST.isLiteral(kind) ? String(kind.literal) : undefined
}

/** What the kinds are, then one table for each group of keys that the same kinds have. */
const variantsOf = (path: string, union: SchemaAST.Union): ReadonlyArray<Section> => {
  const kinds = union.types.map((variant) => ({
    kind: `\`${kindOf(variant)}\``,
    text: SchemaAST.resolveDescription(variant) ?? "",
    keys: keysOf(path, variant)
  }))
  const groups = new Map<string, Array<Row>>()
  const seen = new Set<string>()
  for (const row of kinds.flatMap(({ keys }) => keys.rows)) {
    const having = kinds.filter(({ keys }) => keys.rows.some(({ key }) => key === row.key)).map(({ kind }) => kind)
    const group = having.join(", ")
    if (!seen.has(row.key)) groups.set(group, [...(groups.get(group) ?? []), row])
    seen.add(row.key)
  }
  return [
    {
      level: 3,
      title: `The kinds of \`${path}\``,
      text: kinds.map(({ kind, text }) => `- ${kind}: ${text}`).join("\n"),
      rows: []
    },
    ...Array.from(groups, ([group, rows]) => ({ level: 4, title: `\`${path}\` of kind ${group}`, text: "", rows })),
    ...kinds.flatMap(({ keys }) => keys.variants)
  ]
}

const rowOf = (key: string, type: SchemaAST.AST): Row => ({
  key,
  type: typeOf(type),
  standard: presence(type),
  meaning: meaningOf(type)
})

/** The type in words. */
const typeOf = (type: SchemaAST.AST): string => {
  if (isTagged(type)) return type.types.map((variant) => `kind \`${kindOf(variant)}\``).join(" or ")
  const written = SchemaAST.toEncoded(type)
  const { expected } = written.annotations ?? {}
  if (typeof expected === "string") return expected.replace(/^an? /, "")
  if (SchemaAST.isLiteral(written)) return `\`${written.literal}\``
  if (SchemaAST.isUnion(written)) return written.types.map(typeOf).join(" or ")
  if (SchemaAST.isArrays(written)) return `list of ${typeOf(written.rest[0] ?? written.elements[0] ?? written)}`
  if (SchemaAST.isObjects(written)) return "mapping"
  return written._tag === "String" ? "text" : written._tag.toLowerCase()
}

const keyAnnotations = (type: SchemaAST.AST): { readonly description?: unknown; readonly standard?: unknown } =>
  type.context?.annotations ?? {}

const meaningOf = (type: SchemaAST.AST): string => String(keyAnnotations(type).description ?? "")

/** The default as one would write it; or that there is none. */
const presence = (type: SchemaAST.AST): string => {
  const annotations = keyAnnotations(type)
  if (!("standard" in annotations)) return type.context?.isOptional === true ? "none" : "**required**"
  const { standard } = annotations
  if (JSON.stringify(standard) === "{}") return ""
  if (typeof standard === "string" && standard.includes("\n")) return "a longer text"
  return `\`${inYaml(standard)}\``
}

const inYaml = (value: unknown): string => {
  if (typeof value === "number" && value !== 0 && value < 1e-3) return value.toExponential()
  return typeof value === "string" ? value : JSON.stringify(value)
}

const presenceOf = (type: SchemaAST.AST): string => {
  const text = presence(type)
  if (text === "**required**") return " Required."
  return text === "" || text === "none" ? "" : ` Default: ${text}.`
}

const renderSection = ({ level, title, text, rows }: Section): string => {
  const table = [
    "| key | type | default | meaning |",
    "|---|---|---|---|",
    ...rows.map(({ key, type, standard, meaning }) => `| \`${key}\` | ${type} | ${standard} | ${cell(meaning)} |`)
  ]
  const blocks = [`${"#".repeat(level)} ${title}`, text, rows.length > 0 ? table.join("\n") : ""]
  return blocks.flatMap((block) => (block === "" ? [] : [block, ""])).join("\n")
}

const cell = (text: string): string => text.replaceAll("|", "\\|")

const page = fileURLToPath(new URL("../docs/configuration.md", import.meta.url))

/** Whether the page on disk says what the schema says. */
export const isCurrent = (): boolean => readFileSync(page, "utf8") === configurationPage()

if (import.meta.main) {
  if (process.argv.includes("--write")) writeFileSync(page, configurationPage())
  else if (!isCurrent()) {
    process.stderr.write("docs/configuration.md is out of date: run `node config/catalogue.ts --write`\n")
    process.exitCode = 1
  }
}
