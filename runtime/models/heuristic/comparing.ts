import { type Fact, factOf } from "./facts.ts"
import type { Order, Question } from "./question.ts"
import { type Reading, wasAsked } from "./reading.ts"
import { answer, type Step, search } from "./step.ts"
import { isMeaningful, stemsOf } from "./text.ts"
import { follow, type Trail } from "./trail.ts"

/** One of the things compared, with what is known about it. */
interface Side {
  readonly option: string
  readonly trail: Trail
  readonly fact: Fact | undefined
}

/** The next step for a question that compares two things: read about both, step by step, then compare. */
export const compare = (question: Question, reading: Reading): Step | undefined => {
  const [left, right] = question.options.map((option) => sideOf(question, reading, option))
  if (left === undefined || right === undefined) return undefined
  return readOn(reading, [left, right]) ?? conclude(question, left, right)
}

const sideOf = (question: Question, reading: Reading, option: string): Side => {
  const trail = follow(reading, option, [...new Set(question.relations)])
  const asked = question.order?.fact ?? question.fact
  const fact = trail.kind === "arrived" && asked !== undefined ? factOf(trail.page, asked) : undefined
  return { option, trail, fact }
}

/** Asks for both unread names at once, then for each alone. */
const readOn = (reading: Reading, sides: ReadonlyArray<Side>): Step | undefined => {
  const told = sides.map(({ trail }) => trail.told).filter((text) => text !== "")
  const unread = sides.flatMap(({ trail }) => (trail.kind === "unread" ? [trail.name] : []))
  const names = [...new Set(unread)].filter((name) => !wasAsked(reading, name))
  const together = names.join(" ")
  const [first] = names
  if (first === undefined) return undefined
  const next = wasAsked(reading, together) ? first : together
  const subject = next === first ? first : names.join(" and ")
  const opening = reading.queries.length === 0 ? "The question compares two things." : told.join(" ")
  return search(`${opening} I have read nothing about ${subject} yet, so I look that up.`.trim(), next)
}

const conclude = (question: Question, left: Side, right: Side): Step => {
  if (question.form === "yes-no") return holds(question, left, right)
  return question.order === undefined ? bySharedWords(question, left, right) : byOrder(question.order, left, right)
}

const byOrder = ({ fact, pick }: Order, left: Side, right: Side): Step => {
  const [a, b] = [left.fact?.value, right.fact?.value]
  const known = `${say(left, fact)} ${say(right, fact)}`
  if (a === undefined && b === undefined) return answer(`${known} I can only guess.`, left.option)
  if (a === undefined || b === undefined) {
    const told = a === undefined ? right : left
    return answer(`${known} I can only go by the one I know about.`, told.option)
  }
  const winner = a < b === (pick === "least") ? left : right
  return answer(
    `${known} The ${pick === "least" ? "smaller" : "greater"} one decides: ${winner.option}.`,
    winner.option
  )
}

const say = ({ option, fact }: Side, name: string): string =>
  fact === undefined ? `I found no ${name} for ${option}.` : `For ${option} I find ${name} ${fact.text}.`

/** The option whose page has more of the question's words. */
const bySharedWords = (question: Question, left: Side, right: Side): Step => {
  const wanted = stemsOf(question.criterion)
  const [a, b] = [left, right].map((side) => wanted.filter((stem) => stemsRead(side).has(stem)).length)
  const winner = (b ?? 0) > (a ?? 0) ? right : left
  return answer(`What I read about ${winner.option} fits the question's words best.`, winner.option)
}

const stemsRead = ({ trail }: Side): ReadonlySet<string> =>
  trail.kind === "unread" ? new Set() : new Set(stemsOf(`${trail.page.title} ${trail.page.text}`))

const holds = (question: Question, left: Side, right: Side): Step => {
  if (question.fact !== undefined) return shareFact(question.fact, left, right)
  const predicate = stemsOf(question.criterion.replace(/^\w+/, "")).filter(
    (stem) => isMeaningful(stem) && stem !== "both"
  )
  const lacking = [left, right].filter((side) => !predicate.every((stem) => stemsRead(side).has(stem)))
  const [first] = lacking
  return first === undefined
    ? answer(`What I read about ${left.option} and about ${right.option} says so of both.`, "yes")
    : answer(`What I read about ${first.option} does not say so.`, "no")
}

const shareFact = (name: string, left: Side, right: Side): Step => {
  const known = `${say(left, name)} ${say(right, name)}`
  const shared =
    left.fact?.nations === undefined
      ? left.fact !== undefined && left.fact.text === right.fact?.text
      : left.fact.nations.some((nation) => right.fact?.nations?.includes(nation))
  return answer(
    `${known} ${shared ? "That is the same." : "That is not the same, as far as I can tell."}`,
    shared ? "yes" : "no"
  )
}
