import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chatml, renderPrompt } from "../chatTemplate.ts"
import { openChatTemplate } from "./chatRendering.ts"
import { thrownBy } from "./testing/tiny.ts"
import { change, tokenizerFolder } from "./testing/tokenizers.ts"

const messages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Who {{ eos_token }}?" }
]

const settings = "tokenizer_config.json"

const render = (folder: string, options?: { readonly open?: boolean }) =>
  Effect.map(
    Effect.promise(() => openChatTemplate(folder)),
    (template) => template?.(messages, options)
  )

describe("a chat template", () => {
  it.effect("of a tokenizer we trained is ChatML, as models of other servers are prompted", () =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      const prompt = { system: "Be brief.", user: "Who {{ eos_token }}?", assistant: "" }
      assert.strictEqual(yield* render(folder), renderPrompt(prompt, { template: chatml, thinking: "default" }))
      assert.strictEqual(
        yield* render(folder, { open: false }),
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWho {{ eos_token }}?<|im_end|>\n"
      )
    })
  )

  it.effect("is the file's own, else the default of several in the settings", () =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      const named = [
        { name: "tool_use", template: "tools" },
        { name: "default", template: "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ unk_token }}" }
      ]
      const tokens = { bos_token: { content: "<s>" }, eos_token: "</s>", unk_token: null }
      change(folder, settings, { chat_template: named, ...tokens })
      assert.strictEqual(yield* render(folder), "<s>Be brief.</s>")
      writeFileSync(
        join(folder, "chat_template.jinja"),
        "{{ messages | length }}{% if add_generation_prompt %} open{% endif %}"
      )
      assert.strictEqual(yield* render(folder), "2 open")
    })
  )

  it.effect.each([[null], [undefined], [[]]])("that is %j is none", ([chat_template]) =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      change(folder, settings, { chat_template })
      assert.isUndefined(yield* Effect.promise(() => openChatTemplate(folder)))
    })
  )

  it.effect("says why it refuses messages", () =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      change(folder, settings, { chat_template: "{{ raise_exception('No system turn, please') }}" })
      const template = yield* Effect.promise(() => openChatTemplate(folder))
      assert.strictEqual(
        thrownBy(() => template?.(messages)),
        `${join(folder, settings)}: chat_template: refuses the messages: No system turn, please`
      )
    })
  )

  it.effect("that is broken is told when it is opened", () =>
    Effect.gen(function* () {
      const folder = yield* tokenizerFolder
      const file = join(folder, "chat_template.jinja")
      writeFileSync(file, "{% for %}")
      const failure = yield* Effect.flip(Effect.tryPromise({ try: () => openChatTemplate(folder), catch: String }))
      assert.include(failure, `${file}: can't be read: `)
    })
  )
})
