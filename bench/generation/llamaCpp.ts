import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Generate } from "./models.ts"

/** The version of node-llama-cpp that is compared with. */
export const version = "3.22.1"

/** What of node-llama-cpp is used; it is no dependency of the project. */
interface LlamaSequence {
  readonly clearHistory: () => Promise<void>
  readonly evaluate: (
    tokens: ReadonlyArray<number>,
    options: { readonly temperature: number; readonly yieldEogToken: boolean }
  ) => AsyncIterable<number>
}
interface LlamaContext {
  readonly getSequence: () => LlamaSequence
  readonly dispose: () => Promise<void>
}
interface LlamaModel {
  readonly createContext: (options: {
    readonly sequences: number
    readonly contextSize: number
    readonly batchSize: number
    readonly threads: number
  }) => Promise<LlamaContext>
}
interface LlamaModule {
  readonly getLlama: (options: {
    readonly gpu: false
    readonly build: "never"
    readonly logLevel: "error"
  }) => Promise<{ readonly loadModel: (options: { readonly modelPath: string }) => Promise<LlamaModel> }>
}

/** Installs node-llama-cpp with its prebuilt programs (700 MB) into a cache folder, unless it is there. */
export const installLlamaCpp = (): string => {
  const folder = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    "smartsearch",
    `node-llama-cpp-${version}`
  )
  const entry = join(folder, "node_modules", "node-llama-cpp", "dist", "index.js")
  if (existsSync(entry)) return entry
  console.error(`Installing node-llama-cpp ${version} into ${folder}`)
  mkdirSync(folder, { recursive: true })
  const options = ["--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
  execFileSync("npm", ["install", ...options, `node-llama-cpp@${version}`], { stdio: "inherit" })
  return entry
}

/** llama.cpp with the model of a GGUF file, on the processor. */
export const startLlamaCpp = async (entry: string, modelPath: string) => {
  const { getLlama }: LlamaModule = await import(pathToFileURL(entry).href)
  const llama = await getLlama({ gpu: false, build: "never", logLevel: "error" })
  const model = await llama.loadModel({ modelPath })

  /** Generates so many sequences at once; each has a context of its own length. */
  const start = async (sequences: number, contextSize: number, threads: number) => {
    const context = await model.createContext({ sequences, contextSize, batchSize: 512, threads })
    const all = Array.from({ length: sequences }, () => context.getSequence())
    const generate: Generate = (prompts, { newTokens }) =>
      Promise.all(
        prompts.map(async (prompt, index) => {
          const sequence = all[index]
          if (sequence === undefined) throw new Error(`there are ${sequences} sequences, not ${prompts.length}`)
          await sequence.clearHistory()
          const tokens: Array<number> = []
          for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
            tokens.push(token)
            if (tokens.length === newTokens) break
          }
          return tokens
        })
      )
    return { generate, end: () => context.dispose() }
  }
  return { start }
}
