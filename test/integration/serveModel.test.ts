import { assert, layer, vi } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Schema, type Scope } from "effect"
import { called, collect, openAiClient, refusal } from "../../runtime/http/model-server/testing/openAiClient.ts"
import { ask, errorOf, eventsOf } from "../../runtime/http/model-server/testing/servedScript.ts"
import { tinyShape, writeRandomModel } from "../support/randomModel.ts"
import { patience, type Running, smartsearch, startSmartsearch } from "../support/smartsearch.ts"
import { makeWorkspace } from "../support/workspace.ts"

vi.setConfig({ testTimeout: patience })

/** A server process of its own. */
const serve = (
  model: string,
  ...more: ReadonlyArray<string>
): Effect.Effect<{ readonly url: string; readonly command: Running }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const command = yield* startSmartsearch(["serve", "model", "--model", model, "--port", "0", ...more])
    yield* command.until(/Serving .* at http.*\n/)
    return { url: /at (http:\S+:\d+)/.exec(command.stderr())?.[1] ?? "", command }
  })

/** A tiny model of random weights behind a server, and the folders of others. */
class Served extends Context.Service<
  Served,
  { readonly url: string; readonly model: string; readonly sibling: string; readonly larger: string }
>()("test/serveModel/Served") {
  static readonly layer = Layer.effect(
    Served,
    Effect.gen(function* () {
      const { folder } = yield* makeWorkspace
      const write = (name: string, options: Parameters<typeof writeRandomModel>[2]) =>
        Effect.promise(() => writeRandomModel(folder, name, options))
      const model = yield* write("tiny", { seed: 1 })
      const sibling = yield* write("sibling", { seed: 2 })
      const larger = yield* write("larger", { shape: { ...tinyShape, layers: 3 } })
      return { ...(yield* serve(model)), model, sibling, larger }
    })
  )
}

const prompt = "Who wrote it?"
const greedy = { model: "tiny", prompt, temperature: 0, max_tokens: 24 } as const

const Generated = Schema.Struct({
  text: Schema.String,
  output_ids: Schema.Array(Schema.Int),
  meta_info: Schema.Struct({
    prompt_tokens: Schema.Int,
    completion_tokens: Schema.Int,
    cached_tokens: Schema.Int,
    finish_reason: Schema.NullOr(Schema.Struct({ type: Schema.String })),
    input_token_logprobs: Schema.optionalKey(
      Schema.Array(Schema.Tuple([Schema.NullOr(Schema.Finite), Schema.Int, Schema.NullOr(Schema.String)]))
    ),
    output_token_logprobs: Schema.optionalKey(
      Schema.Array(Schema.Tuple([Schema.Finite, Schema.Int, Schema.NullOr(Schema.String)]))
    )
  })
})
const decodeGenerated = Schema.decodeUnknownSync(Generated)
const decodeAll = Schema.decodeUnknownSync(Schema.Array(Generated))

const running = (server: { readonly url: string }) =>
  Effect.map(ask(server, "/metrics"), ({ text }) => Number(/^smartsearch_sequences_running (\d+)/m.exec(text)?.[1]))

/** Waits until no sequence is in the batch. */
const untilQuiet = (server: { readonly url: string }) =>
  running(server).pipe(
    Effect.repeat({ until: (count) => count === 0 }),
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.die(new Error("the batch is not empty")) })
  )

layer(Served.layer, { excludeTestServices: true, timeout: patience })("a served model", (it) => {
  it.effect("writes the same text over every interface, whole or streamed", () =>
    Effect.gen(function* () {
      const served = yield* Served
      const client = openAiClient(served)
      const whole = (yield* called(() => client.completions.create(greedy))).choices[0]?.text
      const chunks = yield* called(async () => collect(await client.completions.create({ ...greedy, stream: true })))
      assert.strictEqual(chunks.map(({ choices }) => choices[0]?.text).join(""), whole)
      const native = { text: prompt, sampling_params: { temperature: 0, max_new_tokens: 24 } }
      assert.strictEqual(decodeGenerated((yield* ask(served, "/generate", native)).json).text, whole)
      const events = eventsOf(yield* ask(served, "/generate", { ...native, stream: true }))
      assert.strictEqual(decodeGenerated(events.at(-2)).text, whole)
    })
  )

  it.effect("chats in its own template, and stops where it is told to", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* Served)
      const messages = [{ role: "user" as const, content: prompt }]
      const ask = { model: "tiny", messages, temperature: 0, max_tokens: 24 }
      const whole = (yield* called(() => client.chat.completions.create(ask))).choices[0]?.message.content ?? ""
      const template = `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`
      const raw = yield* called(() => client.completions.create({ ...greedy, prompt: template }))
      assert.strictEqual(raw.choices[0]?.text, whole)
      const stop = /[ -~]/.exec(whole)?.[0] ?? whole.slice(3, 5)
      const stopped = yield* called(() => client.chat.completions.create({ ...ask, stop }))
      assert.strictEqual(stopped.choices[0]?.message.content, whole.slice(0, whole.indexOf(stop)))
      assert.strictEqual(stopped.choices[0]?.finish_reason, "stop")
      const streamed = yield* called(() => client.chat.completions.stream({ ...ask, stop }).finalContent())
      assert.strictEqual(streamed ?? "", whole.slice(0, whole.indexOf(stop)))
    })
  )

  it.effect("tells the log-probabilities of what it read and wrote, the same for both", () =>
    Effect.gen(function* () {
      const served = yield* Served
      const written = decodeGenerated(
        (yield* ask(served, "/generate", {
          text: prompt,
          return_logprob: true,
          sampling_params: { max_new_tokens: 12, sampling_seed: 3, ignore_eos: true }
        })).json
      )
      const output = written.meta_info.output_token_logprobs ?? []
      assert.deepStrictEqual(
        output.map(([, id]) => id),
        written.output_ids
      )
      const ids = [...new TextEncoder().encode(prompt)].length
      const { json } = yield* ask(served, "/v1/completions", { prompt, max_tokens: 1, return_token_ids: true })
      const promptIds = Schema.decodeUnknownSync(
        Schema.Struct({ choices: Schema.Array(Schema.Struct({ prompt_token_ids: Schema.Array(Schema.Int) })) })
      )(json).choices[0]?.prompt_token_ids
      assert.strictEqual(promptIds?.length, ids)
      const read = decodeGenerated(
        (yield* ask(served, "/generate", {
          input_ids: [...(promptIds ?? []), ...written.output_ids],
          return_logprob: true,
          logprob_start_len: ids,
          sampling_params: { max_new_tokens: 1 }
        })).json
      )
      const input = read.meta_info.input_token_logprobs ?? []
      assert.strictEqual(input.length, output.length)
      for (const [place, [logProb, id]] of input.entries()) {
        assert.strictEqual(id, output[place]?.[1])
        assert.closeTo(logProb ?? Number.NaN, output[place]?.[0] ?? Number.NaN, 1e-3)
      }
    })
  )

  it.effect("draws n sequences that differ, and the same ones for the same seed whoever else asks", () =>
    Effect.gen(function* () {
      const client = openAiClient(yield* Served)
      const draw = () =>
        client.completions
          .create({ ...greedy, temperature: 1, n: 3, seed: 11 })
          .then(({ choices }) => choices.map(({ text }) => text))
      const alone = yield* called(draw)
      assert.strictEqual(new Set(alone).size, 3)
      const together = yield* called(() => Promise.all([draw(), draw(), draw(), draw()]))
      assert.deepStrictEqual(together, [alone, alone, alone, alone])
    })
  )

  it.effect("answers 64 clients at once, each with what it would get alone", () =>
    Effect.gen(function* () {
      const served = yield* Served
      const askFor = (client: number) =>
        Effect.map(
          ask(served, "/generate", {
            text: [`Client ${client % 8}:`, prompt],
            sampling_params: { temperature: 0, max_new_tokens: 8 }
          }),
          ({ json }) => decodeAll(json).map(({ text }) => text)
        )
      const alone = yield* Effect.forEach([0, 1, 2, 3, 4, 5, 6, 7], askFor)
      const clients = Array.from({ length: 64 }, (_, client) => client)
      const together = yield* Effect.forEach(clients, askFor, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        together,
        clients.map((client) => alone[client % 8] ?? [])
      )
    })
  )

  it.effect("forgets a client that goes away", () =>
    Effect.gen(function* () {
      const served = yield* Served
      const long = { text: prompt, sampling_params: { max_new_tokens: 480, ignore_eos: true } }
      for (const stream of [false, true]) {
        const clients = yield* Effect.forEach([1, 2, 3], () =>
          Effect.forkChild(ask(served, "/generate", { ...long, stream }))
        )
        yield* running(served).pipe(Effect.repeat({ until: (count) => count > 0 }), Effect.timeout("10 seconds"))
        yield* Effect.forEach(clients, Fiber.interrupt, { concurrency: "unbounded" })
        yield* untilQuiet(served)
      }
    })
  )

  it.effect("refuses wrong JSON, an unknown model, and prompts that are too long or no tokens of its own", () =>
    Effect.gen(function* () {
      const served = yield* Served
      const client = openAiClient(served)
      const broken = yield* ask(served, "/generate", "{")
      assert.strictEqual(broken.status, 400)
      const unknown = yield* refusal(() => client.completions.create({ ...greedy, model: "other" }))
      assert.deepInclude(unknown, { status: 404, code: "model_not_found" })
      for (const prompt of ["x".repeat(2_000_000), "a few words ".repeat(160_000), "x".repeat(500)]) {
        const refused = yield* refusal(() => client.completions.create({ ...greedy, prompt }))
        assert.deepInclude(refused, { status: 400, code: "context_length_exceeded" })
      }
      const foreign = yield* ask(served, "/generate", { input_ids: [1, 5000] })
      assert.deepInclude({ status: foreign.status, ...errorOf(foreign) }, { status: 400, code: "invalid_token_id" })
      assert.strictEqual((yield* ask(served, "/health_generate")).status, 200)
    })
  )

  it.effect("goes on with other weights of its shape, and refuses those of another", () =>
    Effect.gen(function* () {
      const { larger, model, sibling, ...served } = yield* Served
      const client = openAiClient(served)
      const write = () => client.completions.create(greedy).then(({ choices }) => choices[0]?.text)
      const before = yield* called(write)
      const refused = yield* ask(served, "/update_weights", { model_path: larger })
      assert.strictEqual(refused.status, 400)
      assert.include(errorOf(refused).message, larger)
      assert.strictEqual(yield* called(write), before)
      for (const [folder, same] of [
        [sibling, false],
        [model, true]
      ] as const) {
        const updated = yield* ask(served, "/update_weights_from_disk", { model_path: folder })
        assert.deepInclude(updated.json, { success: true })
        assert.strictEqual((yield* called(write)) === before, same)
      }
    })
  )

  it.effect("ends what it began when it is told to stop", () =>
    Effect.gen(function* () {
      const { model } = yield* Served
      const { command, url } = yield* serve(model, "--name", "short-lived")
      const long = { text: prompt, sampling_params: { max_new_tokens: 400, ignore_eos: true } }
      const asked = yield* Effect.forkChild(ask({ url }, "/generate", long))
      yield* running({ url }).pipe(Effect.repeat({ until: (count) => count > 0 }), Effect.timeout("10 seconds"))
      yield* command.signal("SIGTERM")
      const answered = yield* Fiber.join(asked)
      assert.strictEqual(decodeGenerated(answered.json).meta_info.completion_tokens, 400)
      const ended = yield* command.ended
      assert.deepStrictEqual([ended.code, ended.signal], [130, null])
      assert.include(ended.stderr, "short-lived")
    })
  )

  it.effect("is not served from a folder without one, which is told in a line", () =>
    Effect.gen(function* () {
      const { folder } = yield* makeWorkspace
      const ended = yield* smartsearch(["serve", "model", "--model", folder, "--port", "0"])
      assert.strictEqual(ended.code, 1)
      assert.match(ended.stderr.trimEnd(), /^smartsearch: [^\n]*config\.json[^\n]*$/)
    })
  )

  it.effect("has its address for itself", () =>
    Effect.gen(function* () {
      const { model, url } = yield* Served
      const port = new URL(url).port
      const ended = yield* smartsearch(["serve", "model", "--model", model, "--port", port])
      assert.strictEqual(ended.code, 1)
      assert.match(ended.stderr, new RegExp(`^smartsearch: can't listen on 127\\.0\\.0\\.1:${port}.*--port`, "m"))
    })
  )
})
