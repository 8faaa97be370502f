import { type JsonSchema, Schema } from "effect"
import type { EventDefinition } from "../define.ts"
import { dataschemaOf, Envelope } from "../envelope.ts"

/** JSON Schemas of the vocabulary, out of the schemas that the codec reads with. */

export type Definition = EventDefinition<string, unknown>

/** One version of an event type. */
export interface EventVersion {
  readonly type: string
  readonly version: number
  /** `QueryScored`, or `QueryScored.1` for a version that is only read any more. */
  readonly name: string
  readonly data: Schema.Constraint
}

/** The versions of an event type, newest first. */
export const versionsOf = ({ type, version, schema, older }: Definition): ReadonlyArray<EventVersion> => [
  { type, version, name: type, data: schema },
  ...Object.entries(older)
    .map(([number, { schema: data }]) => ({ type, version: Number(number), name: `${type}.${number}`, data }))
    .sort((left, right) => right.version - left.version)
]

/** A schema, and those it refers to by their names. */
export interface Described {
  readonly schema: JsonSchema.JsonSchema
  readonly named: Readonly<Record<string, JsonSchema.JsonSchema>>
}

const definitionsRoot = "#/$defs/"
/** Where references to named schemas point. */
export const namedRoot = "#/components/schemas/"

/** The JSON Schema of what a codec writes. */
export const describe = (schema: Schema.Constraint): Described => {
  const document = Schema.toJsonSchemaDocument(schema)
  return {
    schema: tidyObject(document.schema),
    named: Object.fromEntries(Object.entries(document.definitions).map(([name, named]) => [name, tidyObject(named)]))
  }
}

/** The JSON Schema of a whole event of one version: its envelope with its data. */
export const describeEvent = ({ type, version, data }: EventVersion): Described => {
  const envelope = describe(Envelope)
  const body = describe(data)
  return {
    schema: {
      allOf: [
        envelope.schema,
        {
          type: "object",
          properties: {
            type: { const: type },
            dataschema: { const: dataschemaOf(type, version) },
            data: body.schema
          },
          required: ["data"]
        }
      ]
    },
    named: { ...envelope.named, ...body.named }
  }
}

/** References point to the components of the document, and a description stands beside the keywords it describes. */
const tidyObject = (schema: JsonSchema.JsonSchema): JsonSchema.JsonSchema => {
  const { allOf, $ref, ...rest } = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, tidy(value)]))
  const parts: ReadonlyArray<unknown> = Array.isArray(allOf) ? allOf : []
  const descriptions = parts.filter(isDescription)
  const others = parts.filter((part) => !isDescription(part))
  return {
    ...(typeof $ref === "string" ? { $ref: $ref.replace(definitionsRoot, namedRoot) } : {}),
    ...rest,
    ...(others.length > 0 ? { allOf: others } : {}),
    ...Object.assign({}, ...descriptions)
  }
}

const tidy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(tidy)
  return isObject(value) ? tidyObject(value) : value
}

const isDescription = (part: unknown): part is { readonly description: string } =>
  isObject(part) && Object.keys(part).join() === "description"

export const isObject = (value: unknown): value is JsonSchema.JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)
