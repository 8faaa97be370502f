import type { Demonstration } from "../../../../actors/trainer/examples.ts"
import { demonstrate, questionsAbout, type SmallQuestion } from "./smallTask.ts"

/** The small task with so many combinations that it is easier to learn to read a question than to learn them by heart. */

const words = (text: string): ReadonlyArray<string> => text.trim().split(/\s+/)

const attributes = words(`
  capital currency language population president area anthem flag climate economy history cuisine
  religion coast border army parliament king airport river mountain museum university harbour
`)

const places = words(`
  Peru Chad Fiji Cuba Iran Laos Mali Oman Togo Niue Guam Iraq
  Italy Spain Kenya Ghana Nepal Malta Qatar Samoa Tonga Benin Gabon Libya
`)

const questions = questionsAbout(attributes, places)

/** No combination of a held-out question is in any of these. */
export const trainQuestions: ReadonlyArray<SmallQuestion> = questions.slice(0, 460)

export const heldOutQuestions: ReadonlyArray<SmallQuestion> = questions.slice(460)

export const demonstrations: ReadonlyArray<Demonstration> = trainQuestions.map(demonstrate)
