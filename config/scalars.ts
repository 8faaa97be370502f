import { Duration, Option, Schema, SchemaTransformation } from "effect"
import { runIdPattern, systemRunId } from "../events/subjects.ts"

/** The single values of the configuration. Each says in one phrase what it expects. */

const integerFrom = (minimum: number, expected: string) =>
  Schema.Number.annotate({ expected }).check(
    Schema.isInt({ expected }),
    Schema.isGreaterThanOrEqualTo(minimum, { expected })
  )

export const PositiveInt = integerFrom(1, "a positive integer")
export const NonNegativeInt = integerFrom(0, "a non-negative integer")
export const Int = Schema.Number.annotate({ expected: "an integer" }).check(Schema.isInt({ expected: "an integer" }))

const numberWhere = (expected: string, holds: (value: number) => boolean) =>
  Schema.Number.annotate({ expected }).check(
    Schema.makeFilter((value: number) => Number.isFinite(value) && holds(value), { expected })
  )

export const NonNegative = numberWhere("a non-negative number", (value) => value >= 0)
export const Positive = numberWhere("a positive number", (value) => value > 0)
export const UnitInterval = numberWhere("a number from 0 to 1", (value) => value >= 0 && value <= 1)

export const Flag = Schema.Boolean.annotate({ expected: "true or false" })

const textWhere = (expected: string, holds: (value: string) => boolean) =>
  Schema.String.annotate({ expected }).check(Schema.makeFilter((value: string) => holds(value), { expected }))

export const Text = textWhere("a non-empty text", (value) => value !== "")
export const FilePath = textWhere("a path", (value) => value !== "" && !value.includes("\0"))

export const Sha256 = textWhere("a sha256 of 64 hexadecimal digits", (value) => /^[0-9a-f]{64}$/.test(value))

export const RunName = textWhere(
  "up to 64 letters, digits, - and _, beginning with a letter or digit",
  (value) => runIdPattern.test(value) && value !== systemRunId
)

/** The value itself is a secret and never stands in a file; it is not repeated in the message either. */
export const EnvironmentName = Schema.String.annotate({
  expected: "the name of an environment variable"
}).check(
  Schema.makeFilter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name), {
    message: "expected the name of an environment variable, not the secret itself"
  })
)

/** An address without user name or password: those would be copied into the log and into error messages. */
const addressOf = (protocols: ReadonlyArray<string>, example: string) =>
  Schema.String.annotate({ expected: `an address such as ${example}` }).check(
    Schema.makeFilter((text) => {
      if (!URL.canParse(text)) return `expected an address such as ${example}`
      const url = new URL(text)
      if (!protocols.includes(url.protocol)) return `expected an address such as ${example}`
      if (url.username !== "" || url.password !== "") return "expected no user name and no password in the address"
      return url.search === "" && url.hash === "" ? true : "expected no query and no fragment in the address"
    })
  )

export const HttpUrl = addressOf(["http:", "https:"], "http://localhost:30000")

const BrokerAddress = addressOf(["nats:", "tls:"], "nats://localhost:4222")

/** One address, or several of a cluster separated by commas. */
export const BrokerUrl = Schema.String.annotate({ expected: "an address such as nats://localhost:4222" }).check(
  Schema.makeFilter((text) => {
    const wrong = text.split(",").find((address) => !Schema.is(BrokerAddress)(address.trim()))
    return wrong === undefined || "expected addresses such as nats://localhost:4222, without user name and password"
  })
)

// Duration.fromInput tests the text that it is given.
const isTime = (text: string): boolean =>
  Option.exists(
    Duration.fromInput(text as Duration.Input),
    (duration) => Duration.isFinite(duration) && Duration.isPositive(duration)
  )

/** A span of time above zero, written with its unit. */
export const Time = textWhere('a duration such as "30 seconds"', isTime).pipe(
  Schema.decodeTo(Schema.Duration, SchemaTransformation.durationFromString)
)
