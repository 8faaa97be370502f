/**
 * Name of the durable consumer that the processes share which host an actor. Those that work with different things (another
 * corpus, another judge) have different ones: `work` tells them apart.
 */
export const durableOf = (actor: string, type: string, work?: string): string =>
  work === undefined ? `${actor}--${type}` : `${actor}--${type}--${work}`

/** The actor and the work that a durable consumer's name stands for; undefined for a consumer that is no actor's. */
export const parseDurable = (name: string): { readonly actor: string; readonly work: string } | undefined => {
  const parsed = /^(.+?)--(?:[A-Z][A-Za-z]*|retry)(?:--([0-9a-f]+))?$/.exec(name)
  return parsed?.[1] === undefined ? undefined : { actor: parsed[1], work: parsed[2] ?? "" }
}
