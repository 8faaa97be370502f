import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { type Environment, findTool } from "../../runtime/files/programs.ts"

/** Chromium, or the browser that CHROMIUM names; undefined when there is none. */
export const findChromium = (environment: Environment): string | undefined =>
  ["chromium", "chromium-browser", "google-chrome"]
    .map((name) => findTool(name, "CHROMIUM", environment))
    .find((program) => program !== undefined)

/** Width and height of an SVG, as its root element says. Thrown when it says none. */
export const sizeOf = (svg: string): { readonly width: number; readonly height: number } => {
  const root = /<svg[^>]*>/.exec(svg)?.[0] ?? ""
  const [width, height] = ["width", "height"].map((name) => Number(new RegExp(` ${name}="([\\d.]+)"`).exec(root)?.[1]))
  if (width === undefined || height === undefined || !(width > 0) || !(height > 0)) {
    throw new Error("expected an <svg> with its width and height in pixels")
  }
  return { width, height }
}

/** Pixels of the picture for one of the SVG, for screens with a high resolution. */
const scale = 2

/** Photographs an SVG file, in a browser without a window. */
export const photograph = (
  browser: string,
  file: string,
  { height, width }: { readonly width: number; readonly height: number },
  png: string
): void => {
  const profile = mkdtempSync(join(tmpdir(), "smartsearch-browser-"))
  try {
    execFileSync(
      browser,
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-dev-shm-usage",
        `--user-data-dir=${profile}`,
        `--force-device-scale-factor=${scale}`,
        `--window-size=${Math.ceil(width)},${Math.ceil(height)}`,
        `--screenshot=${resolve(png)}`,
        pathToFileURL(resolve(file)).href
      ],
      { stdio: "ignore", timeout: 60_000 }
    )
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
  }
}
