import type { JsonSchema } from "effect"
import { isObject, namedRoot } from "./eventSchemas.ts"

/** A JSON Schema's type in words, in Markdown; named schemas are linked. */
export const typeInWords = (schema: JsonSchema.JsonSchema): string => {
  if (typeof schema.$ref === "string") return linkTo(schema.$ref.slice(namedRoot.length))
  if (Array.isArray(schema.allOf)) return schema.allOf.filter(isObject).map(typeInWords).join(" and ")
  if (Array.isArray(schema.anyOf)) return schema.anyOf.filter(isObject).map(typeInWords).join(" or ")
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" or ")
  switch (schema.type) {
    case "string":
      return schema.minLength === undefined ? "text" : "non-empty text"
    case "integer":
    case "number":
      return numberInWords(schema.type, schema)
    case "boolean":
      return "true or false"
    case "array":
      return `list of ${isObject(schema.items) ? typeInWords(schema.items) : "any JSON"}`
    case "object":
      return objectInWords(schema)
    default:
      return "any JSON"
  }
}

/** The heading of a name in the same page. */
export const linkTo = (name: string): string => `[${name}](#${name.toLowerCase()})`

const numberInWords = (type: string, { minimum, maximum, exclusiveMinimum }: JsonSchema.JsonSchema): string => {
  const bounded = typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER
  if (typeof minimum === "number" && minimum > Number.MIN_SAFE_INTEGER) {
    return bounded ? `${type} from ${minimum} to ${maximum}` : `${type} ≥ ${minimum}`
  }
  return typeof exclusiveMinimum === "number" ? `${type} > ${exclusiveMinimum}` : type
}

const objectInWords = (schema: JsonSchema.JsonSchema): string => {
  if (isObject(schema.additionalProperties)) return `mapping of names to ${typeInWords(schema.additionalProperties)}`
  const fields = propertiesOf(schema).map(
    ({ name, schema, required }) => `${name}${required ? "" : "?"}: ${typeInWords(schema)}`
  )
  return `{ ${fields.join(", ")} }`
}

/** One property of an object. */
export interface Property {
  readonly name: string
  readonly schema: JsonSchema.JsonSchema
  readonly required: boolean
}

export const propertiesOf = ({ properties, required }: JsonSchema.JsonSchema): ReadonlyArray<Property> => {
  const names: ReadonlyArray<unknown> = Array.isArray(required) ? required : []
  return Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => ({
    name,
    schema: isObject(schema) ? schema : {},
    required: names.includes(name)
  }))
}
