import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { makeCodec } from "./codec.ts"
import { defineEvent, type OlderVersion } from "./define.ts"

/** An event with a past: version 2 split the name, version 3 counts in milliseconds. */
const VersionOne = Schema.Struct({ scorer: Schema.NonEmptyString, seconds: Schema.Finite })
const VersionTwo = Schema.Struct({
  scorer: Schema.Struct({ name: Schema.NonEmptyString, version: Schema.NonEmptyString }),
  seconds: Schema.Finite
})
const VersionThree = Schema.Struct({
  scorer: Schema.Struct({ name: Schema.NonEmptyString, version: Schema.NonEmptyString }),
  milliseconds: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
})

const one: OlderVersion = {
  schema: VersionOne,
  upcast: ({ scorer, ...rest }: typeof VersionOne.Type) => {
    const [name, version = "1"] = scorer.split("@")
    return { scorer: { name, version }, ...rest }
  }
}

const two: OlderVersion = {
  schema: VersionTwo,
  upcast: ({ seconds, ...rest }: typeof VersionTwo.Type) => ({ ...rest, milliseconds: seconds * 1000 })
}

const scored = (older: Readonly<Record<number, OlderVersion>>) =>
  defineEvent({
    type: "Scored",
    version: 3,
    summary: "A scorer took its time.",
    emittedBy: "a scorer",
    schema: VersionThree,
    older
  })

const codec = makeCodec({ Scored: scored({ 1: one, 2: two }) })

const stored = (version: number, data: unknown): string =>
  JSON.stringify({
    specversion: "1.0",
    id: "a1",
    source: "/actors/scorer/1",
    type: "Scored",
    subject: "q1",
    time: "2026-01-05T10:00:00.000Z",
    dataschema: `urn:smartsearch:event:Scored:${version}`,
    runid: "demo",
    correlationid: "q1",
    causationid: "a0",
    data
  })

const Early = Schema.Struct({
  scorer: Schema.String.check(Schema.isPattern(/^[a-z]+$/)),
  seconds: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))
})
const sameData = Schema.toEquivalence(VersionThree)

const current = { scorer: { name: "novelty", version: "2" }, milliseconds: 1500 }

describe("an event of an older version", () => {
  it.each([
    [1, { scorer: "novelty@2", seconds: 1.5 }],
    [2, { scorer: { name: "novelty", version: "2" }, seconds: 1.5 }],
    [3, current]
  ])("is read as if it had been written today (version %i)", (version, data) => {
    const event: { readonly data: unknown; readonly dataschema: string } = Result.getOrThrow(
      codec.decode(stored(version, data))
    )
    assert.deepStrictEqual(event.data, current)
    assert.strictEqual(event.dataschema, "urn:smartsearch:event:Scored:3")
  })

  it.prop("arrives at the current version by every step on the way", [Early], ([{ scorer, seconds }]) => {
    const event: { readonly data: unknown } = Result.getOrThrow(codec.decode(stored(1, { scorer, seconds })))
    assert.isTrue(
      sameData(Schema.decodeUnknownSync(VersionThree)(event.data), {
        scorer: { name: scorer, version: "1" },
        milliseconds: seconds * 1000
      })
    )
  })

  it("is refused when its data is against the schema of its own version", () => {
    const error = Result.getOrThrow(Result.flip(codec.decode(stored(1, { scorer: "novelty" }))))
    assert.strictEqual(error.reason, "malformed")
    assert.include(error.detail, "seconds")
  })

  it("is refused when what it becomes is against a later schema", () => {
    const error = Result.getOrThrow(Result.flip(codec.decode(stored(2, { ...current, seconds: -1 }))))
    assert.strictEqual(error.reason, "malformed")
    assert.include(error.detail, "milliseconds")
  })
})

describe("an event of a newer release", () => {
  it("is refused as such, since nobody knows how to read it", () => {
    const error = Result.getOrThrow(Result.flip(codec.decode(stored(4, current))))
    assert.strictEqual(error.reason, "future-version")
    assert.include(error.message, "upgrade")
  })
})

describe("a codec", () => {
  it.each([
    [{ 1: one }, "2"],
    [{ 2: two }, "1"],
    [{}, "2"]
  ])("is not made when an upcaster is missing", (older, version) => {
    assert.throws(() => makeCodec({ Scored: scored(older) }), `Scored has no upcaster from version ${version}`)
  })
})
