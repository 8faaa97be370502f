import { Effect, type FileSystem, Path } from "effect"
import { datasetInfoFile, encode, jsonText, lines, mapped } from "../formats/format.ts"
import type { Dataset } from "./buildDataset.ts"
import type { DatasetRow } from "./dataset.ts"
import { lineageFile, lineageOfRow } from "./lineage.ts"
import { configHashOf, currentManifestVersion, type Manifest, manifestFile } from "./manifest.ts"
import { type DatasetWriteError, replaceFolder } from "./replaceFolder.ts"
import { writeFile } from "./writeFile.ts"

/**
 * Writes a dataset's folder: the data files, `dataset_info.json` where LLaMA-Factory reads them, `lineage.jsonl` and
 * `manifest.json`. The folder appears complete or not at all; an earlier dataset in its place is replaced, anything
 * else is left alone. Equal rows give equal bytes in every file but the manifest.
 */
export const writeDataset = <Row extends DatasetRow>(
  folder: string,
  dataset: Dataset<Row>
): Effect.Effect<Manifest, DatasetWriteError, FileSystem.FileSystem | Path.Path> =>
  replaceFolder(folder, (building) => writeFiles(building, dataset)).pipe(Effect.withSpan("writeDataset"))

const writeFiles = Effect.fnUntraced(function* <Row extends DatasetRow>(folder: string, dataset: Dataset<Row>) {
  const path = yield* Path.Path
  const { rows, formats, config } = dataset
  const files: Array<Manifest["files"][number]> = []
  const write = Effect.fnUntraced(function* (
    name: string,
    pieces: Iterable<string | Uint8Array>,
    counted?: { readonly rows: number }
  ) {
    const written = yield* writeFile(path.join(folder, name), pieces)
    files.push({ name, ...written, ...counted })
  })

  for (const { format } of formats) yield* write(format.file, encode(format, rows), { rows: rows.length })
  const infos = formats.flatMap(({ format }) => (format.datasetInfo === undefined ? [] : [format.datasetInfo]))
  if (infos.length > 0) yield* write(datasetInfoFile, [indented(Object.assign({}, ...infos))])
  yield* write(lineageFile, lines(mapped(rows, jsonText(lineageOfRow))), { rows: rows.length })

  const manifest: Manifest = {
    manifestVersion: currentManifestVersion,
    kind: dataset.projection.name,
    format: formats.map(({ name }) => name).join("+"),
    projection: dataset.projection,
    config,
    configHash: configHashOf(config),
    runs: dataset.runs,
    firstSequence: dataset.firstSequence,
    lastSequence: dataset.lastSequence,
    rows: rows.length,
    files
  }
  yield* writeFile(path.join(folder, manifestFile), [indented(manifest)])
  return manifest
})

const indented = (value: object): string => `${JSON.stringify(value, null, 2)}\n`
