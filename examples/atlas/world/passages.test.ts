import { assert, describe, it } from "@effect/vitest"
import { contentsOf, holdersOf, passageId, passagesOf } from "./passages.ts"
import { shuffledWorld, trueWorld } from "./world.ts"

const truth = trueWorld()
const passages = passagesOf(truth)
const byId = new Map(passages.map((passage) => [passage.id, passage]))
const textOf = (id: string) => byId.get(id)?.text

describe("passagesOf", () => {
  it("tells every fact in a passage of its own", () => {
    assert.isAtLeast(passages.length, 1500)
    assert.strictEqual(byId.size, passages.length)
    assert.strictEqual(new Set(passages.map(contentsOf)).size, passages.length)
    for (const { facts, name } of truth.countries) {
      if (facts.capital !== undefined) assert.include(textOf(`capital/${name.replaceAll(" ", "_")}`), facts.capital)
    }
  })

  it.for([["the true world", truth] as const, ["another world", shuffledWorld(truth, 11)] as const])(
    "names in the text what is known, and then what is told of it, in %s",
    ([, world]) => {
      for (const { fact, id, text, title } of passagesOf(world)) {
        assert.include(text, title)
        if (fact === undefined) continue
        assert.strictEqual(title, fact.known)
        assert.strictEqual(id, passageId(fact, fact.known))
        assert.isAtLeast(text.lastIndexOf(fact.value), text.indexOf(fact.known), text)
      }
    }
  )

  it("says in one sentence whose a shared value is", () => {
    assert.strictEqual(
      textOf("people-of/Congolese"),
      "The people called Congolese live in DR Congo and Republic of the Congo."
    )
    assert.match(textOf("language-of/French") ?? "", /^The language \w+ French is \w+ in (.+, ){3}.+ and others\.$/)
    assert.isAbove(holdersOf(truth, "language").get("French")?.length ?? 0, 4)
  })

  it("has passages that answer nothing: borders and areas", () => {
    assert.strictEqual(
      textOf("borders/Austria"),
      "On land, Austria borders Czechia, Germany, Hungary and Italy and others."
    )
    assert.strictEqual(textOf("area/Malta"), "The area of Malta is 316 square kilometres.")
    assert.isUndefined(byId.get("area/Malta")?.fact)
  })
})

describe("contentsOf", () => {
  it("puts the title in quotes before the text", () => {
    assert.strictEqual(
      contentsOf({ id: "capital/Peru", title: "Peru", text: "The capital of Peru is Lima." }),
      '"Peru"\nThe capital of Peru is Lima.'
    )
  })
})
