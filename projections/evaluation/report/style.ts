/** The report's style sheet: no font and no image to load, light or dark as the reader's system is. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --soft: #55606e; --line: #d9dee5; --accent: #1d5fa8;
  --good: #17693b; --bad: #a32130;
  --tone-0: #2563a8; --tone-1: #7c8896; --tone-2: #c2570c; --tone-3: #0f7c72; --tone-4: #b83262; --tone-5: #6b4bb0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1a2029; --ink: #e6eaf0; --soft: #a5b0be; --line: #323b48; --accent: #7fb4ee;
    --good: #6fce97; --bad: #f08a95;
    --tone-0: #6ea8e8; --tone-1: #8b97a6; --tone-2: #f0954a; --tone-3: #45bbad; --tone-4: #ee7ba4; --tone-5: #a98cf0;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 1.7rem; margin: 0 0 4px; line-height: 1.25; }
h2 { font-size: 1.2rem; margin: 40px 0 12px; }
h3 { font-size: 1rem; margin: 0; }
p { margin: 0; }
code { font: 0.92em ui-monospace, monospace; overflow-wrap: anywhere; }
.soft, figcaption p { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 2px 24px; margin: 8px 0 0; color: var(--soft); font-size: 0.92rem; }
.facts div { display: flex; gap: 6px; }
.facts dt::after { content: ":"; }
.facts dd { margin: 0; color: var(--ink); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(136px, 1fr)); gap: 12px; margin: 24px 0 0; padding: 0; list-style: none; }
.tiles li, figure, .example, .wide { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.tiles li { padding: 12px 16px; }
.tiles b { display: block; font-size: 1.6rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: 0.88rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 16px; }
figure { margin: 0; padding: 16px; min-width: 0; }
figcaption p { font-size: 0.88rem; margin-bottom: 12px; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 420px; height: auto; }
svg text { fill: var(--soft); font: 11.5px system-ui, sans-serif; }
svg text.axis { font-size: 11px; }
svg text.value { fill: var(--ink); font-size: 11px; font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); stroke-width: 1; }
.tone-0 { fill: var(--tone-0); background: var(--tone-0); } .tone-1 { fill: var(--tone-1); background: var(--tone-1); }
.tone-2 { fill: var(--tone-2); background: var(--tone-2); } .tone-3 { fill: var(--tone-3); background: var(--tone-3); }
.tone-4 { fill: var(--tone-4); background: var(--tone-4); } .tone-5 { fill: var(--tone-5); background: var(--tone-5); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0 0; padding: 0; list-style: none; font-size: 0.88rem; }
.legend li { display: flex; align-items: center; gap: 6px; }
.swatch { width: 12px; height: 12px; border-radius: 2px; forced-color-adjust: none; }
details { margin-top: 8px; font-size: 0.88rem; }
summary { cursor: pointer; color: var(--accent); width: max-content; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); vertical-align: bottom; }
tbody th { text-align: left; }
.wide table { font-size: 0.86rem; }
.wide th, .wide td { padding: 5px 7px; }
.wide th:nth-child(2), thead th:first-child { text-align: left; }
.wide .opens th, .wide .opens td { font-weight: 600; }
.wide tbody tr:last-child > *, figure tbody tr:last-child > * { border-bottom: 0; }
.example { padding: 20px; }
.example dl { display: grid; grid-template-columns: max-content 1fr; gap: 8px 20px; margin: 0; }
.example dt { color: var(--soft); }
.example dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.query { font-weight: 600; }
.verdict { display: inline-block; margin-left: 10px; padding: 0 8px; border: 1px solid currentColor; border-radius: 99px; font-size: 0.82rem; white-space: nowrap; }
.low { color: var(--bad); } .high { color: var(--good); }
.meanings { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; font-size: 0.92rem; }
.meanings dt { font-weight: 600; }
.meanings dd { margin: 0; color: var(--soft); }
@media (max-width: 560px) { .example dl, .meanings { grid-template-columns: 1fr; gap: 2px; } .example dd, .meanings dd { margin-bottom: 10px; } }
`
