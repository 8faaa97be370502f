import type { KeyPath } from "./document.ts"
import type { Settings } from "./settings.ts"

/** The settings with every path of a file or folder replaced by what `absolute` makes of it. */
export const mapPaths = (settings: Settings, absolute: (at: KeyPath, path: string) => string): Settings => {
  const { retriever } = settings.retrieval
  return {
    ...settings,
    questions: settings.questions.map((source, index) => ({
      ...source,
      path: absolute(["questions", index, "path"], source.path)
    })),
    retrieval:
      retriever.kind === "bm25"
        ? {
            ...settings.retrieval,
            retriever: { ...retriever, corpus: absolute(["retrieval", "retriever", "corpus"], retriever.corpus) }
          }
        : settings.retrieval,
    models: mapValues(settings.models, (model, name) =>
      model.kind === "local" ? { ...model, folder: absolute(["models", name, "folder"], model.folder) } : model
    ),
    ...(settings.curriculum === undefined ? {} : { curriculum: mapEvaluationPaths(settings.curriculum, absolute) }),
    broker: mapBrokerPaths(settings.broker, absolute),
    output: { dir: absolute(["output", "dir"], settings.output.dir) }
  }
}

const mapValues = <A>(values: Readonly<Record<string, A>>, change: (value: A, name: string) => A) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]))

const mapEvaluationPaths = (
  curriculum: NonNullable<Settings["curriculum"]>,
  absolute: (at: KeyPath, path: string) => string
): NonNullable<Settings["curriculum"]> => ({
  ...curriculum,
  evaluation: curriculum.evaluation.map((set, index) => ({
    ...set,
    path: absolute(["curriculum", "evaluation", index, "path"], set.path),
    ...(set.corpus === undefined ? {} : { corpus: absolute(["curriculum", "evaluation", index, "corpus"], set.corpus) })
  }))
})

const mapBrokerPaths = (
  broker: Settings["broker"],
  absolute: (at: KeyPath, path: string) => string
): Settings["broker"] => {
  if (broker.kind === "embedded") return { ...broker, dataDir: absolute(["broker", "dataDir"], broker.dataDir) }
  return {
    ...broker,
    ...(broker.credsFile === undefined ? {} : { credsFile: absolute(["broker", "credsFile"], broker.credsFile) }),
    ...(broker.tls === undefined
      ? {}
      : {
          tls: Object.fromEntries(
            Object.entries(broker.tls).map(([key, path]) => [key, absolute(["broker", "tls", key], path)])
          )
        })
  }
}
