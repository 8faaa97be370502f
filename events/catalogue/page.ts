import type { JsonSchema } from "effect"
import { Envelope } from "../envelope.ts"
import { eventSubject } from "../subjects.ts"
import { type Definition, describe, versionsOf } from "./eventSchemas.ts"
import { linkTo, propertiesOf, typeInWords } from "./words.ts"

/** The vocabulary as a page for people. */

export type Families = Readonly<Record<string, ReadonlyArray<Definition>>>

export const eventsPage = (families: Families): string =>
  [
    introduction,
    blocks("## At a glance", overview(families)),
    envelopeSection(),
    principles,
    ...Object.entries(families).map(familySection),
    sharedShapes(Object.values(families).flat())
  ].join("\n")

const introduction = `# Events

Everything the system knows is an event; everything else can be rebuilt from the log. This is the whole vocabulary, for
people; [asyncapi.json](asyncapi.json) says the same to machines, and [the golden logs](../test/golden/README.md) hold an example of
each.

This page is generated from \`events/\`: \`node events/catalogue/generate.ts\`.
`

const principles = `## Subjects

| subject | holds |
|---|---|
| \`smartsearch.evt.<type>.<run>\` | the events of one type of one run; \`system\` for events that belong to no run |
| \`smartsearch.dlq.<actor>.<run>\` | the dead letters: events that an actor could not handle, as they were stored |
| \`smartsearch.retry.<actor>\` | dead letters that were sent back to their actor |

A trajectory's id is never part of a subject: the broker slows down with hundreds of thousands of them.

## Ids

Ids are deterministic: an event's id is a hash of who emitted it (actor and version), of the event that made it do so, and of a
count. Whoever decides the same twice, after a restart or a redelivery, gives it the same id: the broker drops the second copy
inside its duplicate window, every fold drops it after. Of two events with one id the first one counts, everywhere.

The events about one question of a run, with all its samples, branches, scores and refinements, share a \`correlationid\`. A
branch keeps its parent's query ids for the rounds they share, so one score counts for both.

## Versions

\`dataschema\` names the version of an event's data. The log is never rewritten: an event that was written as version 1 lies there
as version 1 for ever. A reader decodes it with the schema of its version and lifts it, upcaster by upcaster, to the version
of today, so that everything after the codec sees only the current shape. Adding an optional field needs no new version; any
other change means a new version, an upcaster from the old one in \`older\` of its definition, and a new golden log.

What a release can't read (an unknown type, a version of a newer release, data against its schema) is no crash but a typed
error: an actor parks such a message, and it waits among the dead letters.
`

const overview = (families: Families): string =>
  table(
    ["event", "version", "emitted by", "what happened"],
    Object.values(families).flatMap((definitions) =>
      definitions.map(({ type, version, emittedBy, summary }) => [linkTo(type), String(version), emittedBy, summary])
    )
  )

const envelopeSection = (): string =>
  Object.values(describe(Envelope).named)
    .map((envelope) => blocks("## Envelope", String(envelope.description), fieldTable(envelope)))
    .join("\n")

const familySection = ([family, definitions]: readonly [string, ReadonlyArray<Definition>]): string =>
  blocks(`## Family: ${family}`, ...definitions.map(eventSection))

const eventSection = (definition: Definition): string => {
  const { type, version, summary, emittedBy } = definition
  const subject = `\`${eventSubject(type, "<run>")}\``
  const tables = versionsOf(definition).flatMap(({ version: number, data }) => [
    ...(number === version ? [] : [`#### ${type}, version ${number} (only read)`]),
    fieldTable(describe(data).schema)
  ])
  return blocks(
    `### ${type}`,
    summary,
    `Version ${version}, on ${subject}. Emitted by ${emittedBy}.`,
    ...tables
  ).trimEnd()
}

/** The shapes that events refer to by name, in alphabetical order. */
const sharedShapes = (definitions: ReadonlyArray<Definition>): string => {
  const named = new Map(definitions.flatMap(versionsOf).flatMap(({ data }) => Object.entries(describe(data).named)))
  const shapes = Array.from(named).sort(([left], [right]) => (left < right ? -1 : 1))
  return blocks("## Shared shapes", ...shapes.map(([name, schema]) => shapeSection(name, schema).trimEnd()))
}

const shapeSection = (name: string, schema: JsonSchema.JsonSchema): string =>
  blocks(
    `### ${name}`,
    String(schema.description),
    propertiesOf(schema).length > 0 ? fieldTable(schema) : `${typeInWords(schema)}.`
  )

const fieldTable = (schema: JsonSchema.JsonSchema): string =>
  table(
    ["field", "type", "meaning"],
    propertiesOf(schema).map(({ name, schema, required }) => [
      `\`${name}\`${required ? "" : " (optional)"}`,
      typeInWords(schema),
      String(schema.description ?? "")
    ])
  )

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n")

/** Paragraphs, headings and tables with an empty line after each. */
const blocks = (...parts: ReadonlyArray<string>): string => parts.map((part) => `${part}\n`).join("\n")
