import { type Fact, factOf } from "./facts.ts"
import type { Order, Question } from "./question.ts"
import { type Reading, wasAsked } from "./reading.ts"
import type { Choose, Situation, Step } from "./situation.ts"
import { stemsOf } from "./text.ts"
import { follow, type Trail } from "./trail.ts"

/** One of the things compared, with what is known about it. */
interface Side {
  readonly option: string
  readonly trail: Trail
  readonly fact: Fact | undefined
}

/** The next step for a question that compares two things: read about both, step by step, then compare. */
export const compare = ({ choose, maySearch, question, reading }: Situation): Step | undefined => {
  const [left, right] = question.options.map((option) => sideOf(question, reading, option))
  if (left === undefined || right === undefined) return undefined
  return (maySearch ? readOn(reading, [left, right], choose) : undefined) ?? conclude(question, left, right)
}

const sideOf = (question: Question, reading: Reading, option: string): Side => {
  const trail = follow(reading, option, [...new Set(question.relations)])
  const asked = question.order?.fact ?? question.fact
  const fact = trail.kind === "arrived" && asked !== undefined ? factOf(trail.pages, asked) : undefined
  return { option, trail, fact }
}

/** Asks for the unread names, both at once or one after the other; for each alone when asking for both has not found it. */
const readOn = (reading: Reading, sides: ReadonlyArray<Side>, choose: Choose): Step | undefined => {
  const unread = [...new Set(sides.flatMap(({ trail }) => (trail.kind === "unread" ? [trail.name] : [])))]
  const [first, ...others] = [unread.join(" "), ...unread].filter((query) => query !== "" && !wasAsked(reading, query))
  if (first === undefined) return undefined
  const told =
    reading.queries.length === 0 ? ["The question compares two things."] : sides.map(({ trail }) => trail.told)
  const thought = [...told, `I have read nothing about ${unread.join(" and ")} yet.`].join(" ").trim()
  return { kind: "search", thought, query: choose([first, ...others]) }
}

const conclude = (question: Question, left: Side, right: Side): Step => {
  if (question.order !== undefined) return byOrder(question.order, left, right)
  if (question.form === "choice") return bySharedWords(question, left, right)
  return question.fact === undefined ? holdsOfBoth(question, left, right) : sharesFact(question.fact, left, right)
}

const answer = (thought: string, text: string): Step => ({ kind: "answer", thought, answer: text })

const byOrder = ({ fact, pick }: Order, left: Side, right: Side): Step => {
  const known = `${say(left, fact)} ${say(right, fact)}`
  const [a, b] = [left.fact?.value, right.fact?.value]
  if (a === undefined && b === undefined) return answer(`${known} I can only guess.`, left.option)
  if (a === undefined || b === undefined) {
    return answer(`${known} I go by the one I know about.`, (a === undefined ? right : left).option)
  }
  const winner = a < b === (pick === "least") ? left : right
  return answer(`${known} So it is ${winner.option}.`, winner.option)
}

const say = ({ option, fact }: Side, name: string): string =>
  fact === undefined ? `I found no ${name} for ${option}.` : `For ${option} I find the ${name} ${fact.text}.`

/** The option whose pages have more of the question's words. */
const bySharedWords = ({ criterion }: Question, left: Side, right: Side): Step => {
  const shared = (side: Side) => stemsOf(criterion).filter((stem) => stemsRead(side).has(stem)).length
  const winner = shared(right) > shared(left) ? right : left
  return answer(`What I read about ${winner.option} fits the question's words best.`, winner.option)
}

const stemsRead = ({ trail }: Side): ReadonlySet<string> =>
  new Set(trail.kind === "unread" ? [] : trail.pages.flatMap(({ text, title }) => stemsOf(`${title} ${text}`)))

const holdsOfBoth = ({ criterion }: Question, left: Side, right: Side): Step => {
  const predicate = stemsOf(criterion).filter((stem) => stem !== "both")
  const lacking = [left, right].find((side) => !predicate.every((stem) => stemsRead(side).has(stem)))
  return lacking === undefined
    ? answer(`What I read about ${left.option} and about ${right.option} says so of both.`, "yes")
    : answer(`What I read about ${lacking.option} does not say so.`, "no")
}

const sharesFact = (name: string, left: Side, right: Side): Step => {
  const [a, b] = [left.fact, right.fact]
  const same =
    a?.nations === undefined
      ? a !== undefined && a.text === b?.text
      : a.nations.some((one) => b?.nations?.includes(one))
  const verdict = same ? "That is the same." : "That is not the same, as far as I can tell."
  return answer(`${say(left, name)} ${say(right, name)} ${verdict}`, same ? "yes" : "no")
}
