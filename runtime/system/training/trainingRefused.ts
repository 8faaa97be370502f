import { Schema } from "effect"

/** Thrown when a training can't be what it is asked to be; the detail says where and what to change. */
export class TrainingRefused extends Schema.TaggedError<TrainingRefused>()("TrainingRefused", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

export const refuse = (detail: string): TrainingRefused => new TrainingRefused({ detail })
