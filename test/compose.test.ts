import { readFileSync } from "node:fs"
import { Ajv } from "ajv"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { NODE_VERSION } from "../runtime/setup/node.mjs"
import { builtInNames } from "../runtime/system/builtInActors.ts"

/** As much of a service as these tests ask about. */
interface Service {
  readonly image: string
  readonly profiles: ReadonlyArray<string>
  readonly build?: { readonly dockerfile_inline: string }
  readonly command: ReadonlyArray<string>
  readonly entrypoint?: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
  readonly volumes?: ReadonlyArray<unknown>
  readonly healthcheck?: { readonly test: ReadonlyArray<string> }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly configs: Readonly<Record<string, { readonly content: string }>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")
const text = read("../docker-compose.yml")
const file: ComposeFile = parse(text, { merge: true })

const all = Object.entries(file.services)
const isServer = ([, service]: [string, Service]) => service.image.startsWith("nats:")
const servers = all.filter(isServer)
const workers = all.filter((entry) => !isServer(entry))
const of = (profile: string) => (entry: [string, Service]) => entry[1].profiles.includes(profile)

describe("docker-compose.yml", () => {
  it("is a Compose file", () => {
    // Ajv knows the meta-schema by its http name only.
    const { $schema: _, ...schema } = JSON.parse(read("fixtures/compose-spec.schema.json"))
    const ajv = new Ajv({ strict: false, allErrors: true })
    const validate = ajv.compile(schema)
    expect(validate(file), ajv.errorsText(validate.errors)).toBe(true)
    expect(validate({ services: { nats: { imagge: "nats" } } })).toBe(false)
  })

  it("refuses to start without a token, and holds none", () => {
    const uses = Array.from(text.matchAll(/\$\{SMARTSEARCH_NATS_TOKEN([^}]*)\}/g), ([, rule]) => rule)
    expect(uses.length).toBeGreaterThan(0)
    for (const rule of uses) expect(rule).toBe(":?put SMARTSEARCH_NATS_TOKEN=… in .env")
    for (const { content } of Object.values(file.configs)) expect(content).toContain("authorization { token:")
  })

  it("pins every image", () => {
    expect(new Set(servers.map(([, { image }]) => image))).toEqual(new Set(["nats:2.14.5-alpine"]))
    for (const [, { build }] of workers) expect(build?.dockerfile_inline).toContain(`FROM node:${NODE_VERSION}-`)
  })

  it.each(servers)("server %s is on loopback only, keeps its log, and says when it is ready", (_, service) => {
    expect(service.ports).toHaveLength(1)
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:4222$/)
    expect(service.volumes).toEqual([expect.stringMatching(/^log(-\d)?:\/data$/)])
    expect(service.healthcheck?.test).toContain("http://127.0.0.1:8222/healthz")
  })

  it("gives every server a log and a port of its own", () => {
    expect(new Set(servers.flatMap(([, { volumes }]) => volumes ?? [])).size).toBe(servers.length)
    expect(new Set(servers.flatMap(([, { ports }]) => ports ?? [])).size).toBe(servers.length)
    expect(Object.keys(file.volumes)).toHaveLength(servers.length)
  })

  it.each(workers)("worker %s waits for the servers of its form", (_, service) => {
    const [profile = ""] = service.profiles
    const expected = servers.filter(of(profile)).map(([name]) => [name, { condition: "service_healthy" }])
    expect(service.depends_on).toEqual(Object.fromEntries(expected))
  })

  it.each(["single", "cluster"])("hosts every actor once in the %s form", (profile) => {
    const actors = workers.filter(of(profile)).flatMap(([, { command }]) => command.at(-1)?.split(",") ?? [])
    expect(actors.toSorted()).toEqual(builtInNames.toSorted())
  })

  it("has three servers in a cluster, each with every event", () => {
    const names = servers.filter(of("cluster")).map(([name]) => name)
    expect(names).toEqual(["nats-1", "nats-2", "nats-3"])
    for (const name of names) expect(file.configs.cluster?.content).toContain(`@${name}:6222"`)
    for (const [, { entrypoint }] of workers.filter(of("cluster"))) {
      const setting = entrypoint?.at(-1) ?? ""
      const [key, value] = [setting.slice(0, setting.indexOf("=")), setting.slice(setting.indexOf("=") + 1)]
      expect([key, parse(value)]).toEqual([
        "broker",
        {
          kind: "external",
          url: names.map((name) => `nats://${name}:4222`).join(","),
          tokenEnv: "SMARTSEARCH_NATS_TOKEN",
          replicas: 3
        }
      ])
    }
  })
})
