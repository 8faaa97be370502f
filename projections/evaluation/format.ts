/** How figures are written for people. */

/** A share as percent with one decimal, without the sign: 0.375 is `37.5`. */
export const percent = (share: number): string => (100 * share).toFixed(1)

/** A mean or a score with two decimals. */
export const decimal = (value: number): string => value.toFixed(2)

/** A large number with its thousands set apart: `1,234,567`, whatever the locale of the machine. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",")
