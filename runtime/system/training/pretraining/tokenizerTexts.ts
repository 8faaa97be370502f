import type { Demonstration } from "../../../../actors/trainer/examples.ts"
import { tags } from "../../../../method/protocol.ts"
import { chatml, renderPrompt } from "../../../models/chatTemplate.ts"

/** The tags of the protocol, each of which is one token. */
export const protocolTags: ReadonlyArray<string> = Object.values(tags).flatMap(({ open, close }) => [open, close])

/** What a tokenizer is learnt from: demonstrations as the policy will read them, so many at most. */
export const tokenizerTexts = (demonstrations: ReadonlyArray<Demonstration>, most: number): ReadonlyArray<string> =>
  evenlyDrawn(demonstrations, most).map(({ system, user, text }) =>
    renderPrompt({ system, user, assistant: text }, { template: chatml, thinking: "default" })
  )

/** As many items as there may be, equally far from each other. */
const evenlyDrawn = <A>(items: ReadonlyArray<A>, most: number): ReadonlyArray<A> => {
  const drawnBefore = (place: number) => Math.floor((place * most) / items.length)
  return items.filter((_, place) => drawnBefore(place + 1) > drawnBefore(place))
}
