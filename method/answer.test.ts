import { describe, expect, it } from "vitest"
import { checkFormat, predictedAnswer } from "./answer.ts"

describe("predictedAnswer", () => {
  it.each<[behaviour: string, transcript: string, answer: string]>([
    ["reads the box of the answer", "<answer> It is \\[ \\boxed{Paris} \\] </answer>", "Paris"],
    ["trims the box", "<answer>\\boxed{ New York }</answer>", "New York"],
    ["takes the last box", "<answer>\\boxed{a} or \\boxed{b}</answer>", "b"],
    ["takes the last answer", "<answer>\\boxed{a}</answer><answer>\\boxed{b}</answer>", "b"],
    ["takes the inner of nested boxes", "<answer>\\boxed{the \\boxed{inner} one}</answer>", "inner"],
    ["balances braces inside a box", "<answer>\\boxed{\\text{Paris} in {20}24}</answer>", "\\text{Paris} in {20}24"],
    ["ends with the first balanced brace", "<answer>\\boxed{a} and {b}</answer>", "a"],
    ["is empty when braces never balance", "<answer>\\boxed{a {b}</answer>", ""],
    ["does not fall back to an earlier box", "<answer>\\boxed{a} \\boxed{b</answer>", ""],
    ["ignores a brace closed only after the answer", "<answer>\\boxed{a</answer>}", ""],
    ["reads a box without braces", "<answer>\\boxed 42</answer>", "42"],
    ["reads a box without braces up to the dollar", "<answer>$\\boxed New York$ indeed</answer>", "New York"],
    ["reads a box without braces up to the end of display math", "<answer>\\[ \\boxed 42 \\] is it</answer>", "42"],
    ["reads a box whose brace comes after a blank", "<answer>\\boxed {Paris} it is</answer>", "Paris"],
    ["lets the last of both kinds decide", "<answer>\\boxed a$ then \\boxed{b}</answer>", "b"],
    ["is empty for a command that only begins like a box", "<answer>\\boxedtext</answer>", ""],
    ["reads a framed box", "<answer>\\fbox{Paris}</answer>", "Paris"],
    ["prefers a box to a framed box", "<answer>\\boxed{a} \\fbox{b}</answer>", "a"],
    ["keeps unicode and punctuation", "<answer>\\boxed{Curaçao, “Ōsaka” & 東京!}</answer>", "Curaçao, “Ōsaka” & 東京!"],
    ["keeps line breaks", "<answer>\\boxed{a\nb}</answer>", "a\nb"],
    ["is empty without a box", "<answer>Paris</answer>", ""],
    ["is empty with an empty box", "<answer>\\boxed{}</answer>", ""],
    ["is empty without an answer", "<think>\\boxed{Paris}</think>", ""],
    ["is empty when the answer is not closed", "<answer>\\boxed{Paris}", ""],
    ["takes the last closed answer", "<answer>\\boxed{a}</answer><answer>\\boxed{b}", "a"],
    ["reads a doubled answer tag", "<answer><answer>\\boxed{Yes}</answer></answer>", "Yes"],
    ["is empty for an empty transcript", "", ""]
  ])("%s", (_, transcript, answer) => {
    expect(predictedAnswer(transcript)).toBe(answer)
  })
})

describe("checkFormat", () => {
  const think = "<think>x</think>"
  const answer = "<answer>\\boxed{a}</answer>"
  const round = "<search>q</search><result>result: \nd\n</result>\n"

  it.each<[behaviour: string, transcript: string]>([
    ["a thought and an answer", think + answer],
    ["a search with its result", think + round + think + answer],
    [
      "two searches of one output with both results",
      `${think}<search>p</search>${round}<result>e</result>${think}${answer}`
    ],
    ["a document that quotes an open search", `${think}<search>q</search><result> <search> </result>${think}${answer}`],
    ["text around the tags", `\n${think} and ${answer} <|im_end|>`]
  ])("accepts %s", (_, transcript) => {
    expect(checkFormat(transcript)).toEqual({ ok: true })
  })

  it.each<[behaviour: string, transcript: string, problem: string]>([
    ["an open thought", `<think>x${answer}`, "expected as many <think> as </think>, found 1 and 0"],
    ["a thought closed twice", `${think}</think>${answer}`, "expected as many <think> as </think>, found 1 and 2"],
    ["no thought", answer, "expected at least one <think>, found none"],
    ["no answer", think, "expected exactly one <answer> and one </answer>, found 0 and 0"],
    ["an open answer", `${think}<answer>\\boxed{a}`, "expected exactly one <answer> and one </answer>, found 1 and 0"],
    ["two answers", think + answer + answer, "expected exactly one <answer> and one </answer>, found 2 and 2"],
    [
      "an answer closed before it is opened",
      `${think}</answer>\\boxed{a}<answer>`,
      "expected <answer> before </answer>"
    ],
    ["an answer without a box", `${think}<answer>a</answer>`, "expected \\boxed{…} inside the answer"],
    ["a box that never closes", `${think}<answer>\\boxed{a</answer>}`, "expected \\boxed{…} inside the answer"],
    ["a box without braces", `${think}<answer>\\boxed a</answer>`, "expected \\boxed{…} inside the answer"],
    [
      "a search without result",
      `${think}<search>q</search>${answer}`,
      "search 1 is incomplete: expected </search>, <result> and </result> after it"
    ],
    [
      "a search that is never closed",
      `${think}<search>q${answer}`,
      "search 1 is incomplete: expected </search>, <result> and </result> after it"
    ],
    [
      "a result that is cut off",
      `${think}${round}<search>q</search><result>d${think}${answer}`,
      "search 2 is incomplete: expected </search>, <result> and </result> after it"
    ],
    [
      "a result inside a search",
      `${think}<search>q<result>d</search></result>${answer}`,
      "search 1 is out of order: expected </search>, then <result>, then </result>"
    ],
    [
      "a result closed before it is opened",
      `${think}<search>q</search></result><result>${answer}`,
      "search 1 is out of order: expected </search>, then <result>, then </result>"
    ]
  ])("rejects %s", (_, transcript, problem) => {
    expect(checkFormat(transcript)).toEqual({ ok: false, problem })
  })
})
