import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Schema } from "effect"
import { defineEvent } from "../define.ts"
import { dataschemaOf, Envelope } from "../envelope.ts"
import { families } from "../registry.ts"
import { asyncApiDocument } from "./asyncapi.ts"
import { type Definition, versionsOf } from "./eventSchemas.ts"
import { outdated } from "./generate.ts"
import { eventsPage } from "./page.ts"

const definitions: ReadonlyArray<Definition> = Object.values(families).flat()

describe("the catalogue on disk", () => {
  it("says what the vocabulary says (else: node events/catalogue/generate.ts)", () => {
    assert.deepStrictEqual(outdated(), [])
  })
})

describe("docs/events.md", () => {
  const page = eventsPage(families)

  it("has a chapter for every event, and says who emits it", () => {
    for (const { type, summary, emittedBy } of definitions) {
      assert.include(page, `### ${type}\n\n${summary}\n`)
      assert.include(page, `Emitted by ${emittedBy}.`)
    }
  })

  it("gives every field of an event and of a shared shape a type and a meaning", () => {
    const rows = page
      .slice(page.indexOf("## Envelope"))
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    assert.isAbove(rows.length, 100)
    for (const [, name, type, meaning] of rows.filter(({ length }) => length === 5)) {
      assert.isNotEmpty(type, name)
      assert.isNotEmpty(meaning, name)
    }
  })

  it("links only to chapters that are there", () => {
    const chapters = Array.from(page.matchAll(/^#+ (.+)$/gm), ([, title = ""]) => title.toLowerCase())
    for (const [, target = ""] of page.matchAll(/\]\(#([^)]+)\)/g)) assert.include(chapters, target)
  })

  it("shows the older versions of an event that are only read any more", () => {
    const older = { 1: { schema: Schema.Struct({ seconds: Schema.Finite }), upcast: () => ({}) } }
    const definition = defineEvent({
      type: "Scored",
      version: 2,
      summary: "Scored.",
      emittedBy: "a scorer",
      schema: Schema.Struct({ milliseconds: Schema.Finite }),
      older
    })
    assert.include(eventsPage({ score: [definition] }), "#### Scored, version 1 (only read)\n\n| field")
    assert.hasAllKeys(asyncApiDocument([definition]).components.messages, ["Scored", "Scored.1"])
  })
})

describe("docs/asyncapi.json", () => {
  const document = asyncApiDocument(definitions)
  const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(document, "asyncapi")

  it("has a channel on its own subject and a message for every event", () => {
    for (const { type } of definitions) {
      assert.deepInclude(new Map(Object.entries(document.channels)).get(type), {
        address: `smartsearch.evt.${type}.{runId}`
      })
      assert.property(document.components.messages, type)
    }
  })

  it("refers only to what it defines", () => {
    const text = JSON.stringify(document)
    for (const [, path = ""] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = path.split("/").reduce<unknown>((value, key) => Object(value)[key], document)
      assert.isDefined(target, path)
    }
  })

  for (const definition of definitions) {
    for (const { type, version, name, data } of versionsOf(definition)) {
      const validate = ajv.compile({ $ref: `asyncapi#/components/schemas/${name}` })
      const event = Schema.Struct({
        ...Envelope.fields,
        type: Schema.Literal(type),
        dataschema: Schema.Literal(dataschemaOf(type, version)),
        data
      })

      it.prop(
        `${name}: accepts every event of that version`,
        [event],
        ([example]) => {
          assert.isTrue(validate(JSON.parse(JSON.stringify(example))), ajv.errorsText(validate.errors))
        },
        { arbitrary: { runs: 20 } }
      )

      it(`${name}: accepts no event of another type or without data`, () => {
        assert.isFalse(validate({ type, dataschema: dataschemaOf(type, version) }))
      })
    }
  }
})
