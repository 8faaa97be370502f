/** A date or a year as a text gives it. */
export interface FoundDate {
  readonly text: string
  readonly start: number
  /** `year · 10000 + month · 100 + day`; month and day are 0 where only the year is given. Orders dates. */
  readonly value: number
}

const months = "January|February|March|April|May|June|July|August|September|October|November|December"
export const monthNames = months.split("|")
const date = new RegExp(
  String.raw`(?:(?<day>\d{1,2}) (?<month>${months}),? |(?<usMonth>${months}) (?:(?<usDay>\d{1,2}),? )?|(?<![\p{L}\d.,]))` +
    String.raw`(?<year>1\d{3}|20\d{2})(?=\d{1,2} (?:${months})|(?!\d|,\d))`,
  "gu"
)

/**
 * The dates of a text in reading order: "21 March 1925", "March 21, 1925", "March 1925", or a year from 1000 to 2099. A dash that
 * got lost between two of them ("27 July 188225 May 1974") does no harm.
 */
export const datesIn = (text: string): ReadonlyArray<FoundDate> =>
  Array.from(text.matchAll(date), (match) => {
    const { day, month, usDay, usMonth, year } = match.groups ?? {}
    const monthNumber = monthNames.indexOf(month ?? usMonth ?? "") + 1
    const value = Number(year) * 10_000 + monthNumber * 100 + Number(day ?? usDay ?? 0)
    return { text: match[0], start: match.index, value }
  })
