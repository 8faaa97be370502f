/** What the page of a curriculum has beside the other reports. */
export const curriculumStyle = `
.key { padding: 12px; }
.key svg { min-width: 640px; max-width: 960px; margin: 0 auto; }
.gain { display: block; }
.stages table { font-size: 0.88rem; }
.stages thead th:not(.stage) { text-align: right; }
.stages thead th.set { text-align: center; color: var(--ink); font-weight: 600; border-left: 1px solid var(--line); }
.stages .edge { border-left: 1px solid var(--line); }
.stages b { font-weight: 650; } .stages td span { color: var(--soft); }
.lessons { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 16px; margin-bottom: 16px; }
.lessons h3, .attempts h3 { margin-bottom: 8px; }
.lessons dl { gap: 4px 14px; font-size: 0.92rem; }
.attempts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(250px, 100%), 1fr)); gap: 16px; margin-top: 16px; align-items: start; }
.attempts .example { padding: 16px; min-width: 0; }
.rounds { margin: 0; padding-left: 20px; overflow-wrap: anywhere; }
.rounds > li { margin-bottom: 14px; }
.rounds > li::marker { color: var(--soft); }
.scores { margin: 4px 0; padding: 0; list-style: none; font-size: 0.84rem; line-height: 1.4; }
.scores b { font-weight: 600; }
.found { font-size: 0.88rem; }
.id { font-size: 0.74rem; color: var(--soft); }
.answer { border-top: 1px solid var(--line); padding-top: 10px; overflow-wrap: anywhere; }
.hint { margin-top: 12px; font-size: 0.92rem; overflow-wrap: anywhere; }
h4 { font-size: 1rem; margin: 24px 0 10px; }
.space { margin-top: 16px; }
.few { grid-template-columns: repeat(auto-fill, minmax(min(460px, 100%), 1fr)); }
`
