import { keyOf } from "./text.ts"

/**
 * Nations, each by its adjective, the name of its country, and further names. A language stands for the country whose films are
 * made in it.
 */
const table = `
American, United States, United States of America, U.S., USA, America;
British, United Kingdom, UK, English, England, Scottish, Scotland, Welsh, Wales, Britain;
Irish, Ireland, Northern Irish; Canadian, Canada; Australian, Australia; New Zealand, New Zealander; French, France;
German, Germany, West German, East German; Austrian, Austria; Swiss, Switzerland; Dutch, Netherlands, Holland;
Belgian, Belgium; Italian, Italy; Spanish, Spain, Catalan; Portuguese, Portugal; Danish, Denmark; Norwegian, Norway;
Swedish, Sweden; Finnish, Finland; Icelandic, Iceland; Polish, Poland;
Czech, Czech Republic, Czechoslovak, Czechoslovakia; Slovak, Slovakia; Hungarian, Hungary; Romanian, Romania;
Bulgarian, Bulgaria; Greek, Greece; Serbian, Serbia, Yugoslav, Yugoslavia; Croatian, Croatia;
Bosnian, Bosnia and Herzegovina; Slovenian, Slovenia, Slovene; Macedonian, Macedonia, North Macedonia;
Albanian, Albania; Russian, Russia, Soviet, Soviet Union; Ukrainian, Ukraine; Estonian, Estonia; Latvian, Latvia;
Lithuanian, Lithuania; Armenian, Armenia; Azerbaijani, Azerbaijan; Turkish, Turkey, Ottoman; Iranian, Iran, Persian;
Iraqi, Iraq; Israeli, Israel; Lebanese, Lebanon; Syrian, Syria; Egyptian, Egypt; Moroccan, Morocco;
Algerian, Algeria; Tunisian, Tunisia; Nigerian, Nigeria; Ghanaian, Ghana; Kenyan, Kenya; Ethiopian, Ethiopia;
South African, South Africa; Indian, India, Telugu, Tamil, Malayalam, Hindi, Kannada, Bengali, Marathi, Bollywood;
Pakistani, Pakistan; Bangladeshi, Bangladesh; Sri Lankan, Sri Lanka; Chinese, China; Hong Kong; Taiwanese, Taiwan;
Japanese, Japan; Korean, South Korea, South Korean, Korea; Filipino, Philippines, Philippine; Indonesian, Indonesia;
Malaysian, Malaysia; Singaporean, Singapore; Thai, Thailand; Vietnamese, Vietnam; Mexican, Mexico; Cuban, Cuba;
Jamaican, Jamaica; Brazilian, Brazil; Argentine, Argentina, Argentinian; Chilean, Chile; Colombian, Colombia;
Peruvian, Peru; Venezuelan, Venezuela`

const nations = table.split(";").flatMap((entry) => {
  const [nation = "", country = nation, ...others] = entry.trim().split(", ")
  return [nation, country, ...others].map((text) => ({ text, nation, country }))
})

const nationOf = new Map(nations.map(({ text, nation }) => [keyOf(text), nation]))

const pattern = new RegExp(
  String.raw`(?<![\p{L}])(?:${nations
    .map(({ text }) => text.replaceAll(".", String.raw`\.`))
    .sort((left, right) => right.length - left.length)
    .join("|")})(?![\p{L}])`,
  "gu"
)

/** A nation as a text names it. `nation` is the same for all names of one nation. */
export interface FoundNation {
  readonly text: string
  readonly nation: string
}

export const nationsIn = (text: string): ReadonlyArray<FoundNation> =>
  Array.from(text.matchAll(pattern), ([found]) => ({ text: found, nation: nationOf.get(keyOf(found)) ?? found }))

/** The country of a nation: "Italy" for "Italian". */
export const countryOf = (nation: string): string => nations.find((one) => one.nation === nation)?.country ?? nation

export const isNation = (text: string): boolean => nationOf.has(keyOf(text))
