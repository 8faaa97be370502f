import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { ApiError } from "./apiError.ts"

/** As much of a route as its address; a path that ends in `/*` stands for the one before it too. */
interface Address {
  readonly method: string
  readonly path: string
}

const goesTo = ({ path }: Address, url: string): boolean => {
  const asked = url.replace(/[?#].*$/s, "")
  const folder = path.endsWith("/*") ? path.slice(0, -2) : undefined
  return folder === undefined ? asked === path : asked === folder || asked.startsWith(`${folder}/`)
}

/** The path of the route that a request goes to, for metrics: there are only so many. */
export const routeNamed =
  (routes: ReadonlyArray<Address>) =>
  (url: string): string =>
    routes.find((route) => goesTo(route, url))?.path ?? "unknown"

/** Refuses a request that no route is there for, or none with its method; a path that can't be decoded has none. */
export const noRoute = (routes: ReadonlyArray<Address>) =>
  Effect.gen(function* () {
    const { method, url } = yield* HttpServerRequest.HttpServerRequest
    const methods = routes.filter((route) => goesTo(route, url)).map((route) => route.method)
    const known = methods.length > 0 && !methods.includes(method)
    return yield* new ApiError({
      status: known ? 405 : 404,
      type: "invalid_request_error",
      code: known ? "method_not_allowed" : "unknown_url",
      param: null,
      detail: known ? `${method} ${url}: expected ${methods.join(" or ")}` : `${method} ${url}: no such route`
    })
  })
