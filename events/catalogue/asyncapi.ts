import type { JsonSchema } from "effect"
import packageJson from "../../package.json" with { type: "json" }
import { deadLetterSubject, eventSubject, retrySubject } from "../subjects.ts"
import { type Definition, describeEvent, type EventVersion, versionsOf } from "./eventSchemas.ts"

/** The vocabulary as an AsyncAPI 3.0 document: a channel for each subject, a message for each version of each event. */

const reference = (path: string) => ({ $ref: `#/${path}` })

export const asyncApiDocument = (definitions: ReadonlyArray<Definition>) => {
  const versions = definitions.flatMap(versionsOf)
  return {
    asyncapi: "3.0.0",
    info: {
      title: "SmartSearch event log",
      version: packageJson.version,
      description:
        "Every event of SmartSearch, as it lies in a NATS JetStream stream: CloudEvents 1.0 in structured JSON mode.",
      license: { name: packageJson.license }
    },
    defaultContentType: "application/cloudevents+json",
    channels: {
      ...Object.fromEntries(definitions.map((definition) => [definition.type, eventChannel(definition)])),
      deadLetters: letterChannel(
        deadLetterSubject("{actor}", "{runId}"),
        "Events that an actor could not handle, as they were stored; the headers say what went wrong.",
        versions
      ),
      retries: letterChannel(retrySubject("{actor}"), "Dead letters that were sent back to their actor.", versions)
    },
    operations: Object.fromEntries(
      definitions.map(({ type, emittedBy }) => [
        `emit${type}`,
        { action: "send", channel: reference(`channels/${type}`), summary: `Emitted by ${emittedBy}.` }
      ])
    ),
    components: {
      messages: Object.fromEntries(
        definitions.flatMap((definition) =>
          versionsOf(definition).map((version) => [version.name, message(version, definition)])
        )
      ),
      schemas: namedSchemas(versions)
    }
  }
}

const runIdParameter = { runId: { description: "The run; `system` for events that belong to none." } }
const actorParameter = { actor: { description: "The actor." } }

const eventChannel = (definition: Definition) => ({
  address: eventSubject(definition.type, "{runId}"),
  summary: definition.summary,
  messages: messageReferences(versionsOf(definition)),
  parameters: runIdParameter
})

const letterChannel = (address: string, summary: string, versions: ReadonlyArray<EventVersion>) => ({
  address,
  summary,
  messages: messageReferences(versions),
  parameters: { ...actorParameter, ...(address.includes("{runId}") ? runIdParameter : {}) }
})

const messageReferences = (versions: ReadonlyArray<EventVersion>) =>
  Object.fromEntries(versions.map(({ name }) => [name, reference(`components/messages/${name}`)]))

const text = (description: string) => ({ type: "string", description })

const headers = {
  type: "object",
  properties: {
    "Nats-Msg-Id": text("The event's id: the broker drops a second copy."),
    "ce-type": text("The event's type."),
    traceparent: text("The event's trace context.")
  }
}

const message = ({ type, version, name }: EventVersion, { summary, version: current }: Definition) => ({
  name,
  title: `${type}, version ${version}`,
  summary: version === current ? summary : `${summary} Only read any more: version ${current} is written.`,
  contentType: "application/cloudevents+json",
  headers,
  payload: reference(`components/schemas/${name}`)
})

/** The schema of every event, and those they share. */
const namedSchemas = (versions: ReadonlyArray<EventVersion>): Readonly<Record<string, JsonSchema.JsonSchema>> => {
  const events = versions.map((version) => ({ name: version.name, ...describeEvent(version) }))
  return {
    ...Object.assign({}, ...events.map(({ named }) => named)),
    ...Object.fromEntries(events.map(({ name, schema }) => [name, schema]))
  }
}
