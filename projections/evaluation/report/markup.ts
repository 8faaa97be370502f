/** HTML and SVG as text. What comes from a log passes {@link escapeText} on its way: titles and answers hold any character. */

export const escapeText = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** Values of attributes; an absent one leaves its attribute out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

/** An element around markup that is safe already; numbers are cut to two decimals, which is finer than any screen. */
export const element = (name: string, attributes: Attributes, ...children: ReadonlyArray<string>): string => {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [` ${key}="${escapeText(typeof value === "number" ? String(Number(value.toFixed(2))) : value)}"`]
  )
  const open = `<${name}${written.join("")}`
  return children.length === 0 && !containers.has(name) ? `${open}/>` : `${open}>${children.join("")}</${name}>`
}

/** Elements that HTML does not let close themselves. */
const containers: ReadonlySet<string> = new Set(["td", "th", "p", "span", "dd"])

/** An element around text. */
export const textElement = (name: string, attributes: Attributes, text: string): string =>
  element(name, attributes, escapeText(text))
