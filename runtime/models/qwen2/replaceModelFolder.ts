import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { Effect, Result } from "effect"
import { makeFolder } from "../../files/folders.ts"
import { ModelFolderError, onDisk } from "./folderError.ts"

/** Writes a text file and waits until it is on the disk. */
export const writeText = (file: string, text: string): void =>
  onDisk(file, () => writeFileSync(file, text, { flush: true }))

/**
 * Builds a folder beside its place and moves it there when it is complete and on the disk. An empty folder, or one that has the
 * file by which its kind is known (`marker`), gives way, and comes back should the move fail; anything else stays, untouched.
 */
export const replaceModelFolder = (folder: string, marker: string, build: (building: string) => void): void => {
  const place = resolve(folder)
  const parent = dirname(place)
  const occupied = isOccupied(place, marker)
  makeParent(place)
  const building = onDisk(place, () => mkdtempSync(join(parent, `.${basename(place)}-`)))
  try {
    build(building)
    onDisk(place, () => {
      chmodSync(building, 0o755)
      syncFolder(building)
      if (occupied) swap(building, place)
      else renameSync(building, place)
      syncFolder(parent)
    })
  } catch (cause) {
    rmSync(building, { recursive: true, force: true })
    throw cause
  }
}

/** Whether something stands in the folder's place; throws when it must not be replaced. */
const isOccupied = (place: string, marker: string): boolean => {
  if (!existsSync(place)) return false
  const fail = (detail: string): never => {
    throw new ModelFolderError({ file: place, detail })
  }
  if (!statSync(place).isDirectory()) return fail("a file of that name stands there; choose another folder")
  const files = onDisk(place, () => readdirSync(place))
  return files.length === 0 || files.includes(marker) || fail(`has files, but no ${marker}; choose another or empty it`)
}

const makeParent = (place: string): void =>
  Result.getOrElse(Effect.runSync(Effect.result(makeFolder(dirname(place), 0o777))), ({ detail }) => {
    throw new ModelFolderError({ file: place, detail })
  })

const swap = (building: string, place: string): void => {
  const aside = `${building}.replaced`
  renameSync(place, aside)
  try {
    renameSync(building, place)
  } catch (cause) {
    renameSync(aside, place)
    throw cause
  }
  rmSync(aside, { recursive: true })
}

/** Waits until the names in a folder are on the disk. */
const syncFolder = (folder: string): void => {
  const descriptor = openSync(folder, "r")
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
