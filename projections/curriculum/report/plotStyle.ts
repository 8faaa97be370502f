/** Colours of the sets of questions; a further set begins again. */
export const tones = 4

/** Style sheet of the stage plot: all of it under the plot's own class, so that it changes nothing of a page around it. */
export const plotStyle = `
.stage-plot { --page: #ffffff; --ink: #1b2430; --soft: #55606e; --line: #d9dee5; --set-0: #2563a8; --set-1: #c2570c; --set-2: #0f7c72; --set-3: #6b4bb0; }
@media (prefers-color-scheme: dark) {
  .stage-plot { --page: #1a2029; --ink: #e6eaf0; --soft: #a5b0be; --line: #323b48; --set-0: #6ea8e8; --set-1: #f0954a; --set-2: #45bbad; --set-3: #a98cf0; }
}
.stage-plot text { font: 12.5px system-ui, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
.stage-plot text.heading { font-size: 17px; font-weight: 600; fill: var(--ink); }
.stage-plot text.title { font-size: 15px; font-weight: 600; fill: var(--ink); }
.stage-plot text.stage { font-size: 13.5px; fill: var(--ink); }
.stage-plot text.value { font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 3px; stroke-linejoin: round; }
.stage-plot .page { fill: var(--page); }
.stage-plot .grid { stroke: var(--line); stroke-width: 1; }
.stage-plot .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
.stage-plot .dot { stroke: var(--page); stroke-width: 1.5; }
${[0, 1, 2, 3]
  .map(
    (tone) =>
      `.stage-plot .line.set-${tone} { stroke: var(--set-${tone}); } .stage-plot .dot.set-${tone}, .stage-plot text.set-${tone} { fill: var(--set-${tone}); }`
  )
  .join("\n")}
`
