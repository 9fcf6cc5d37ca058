/** The page's own style: narrow screens, dark mode and print need no other. */
export const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1e21; --soft: #5b6470; --line: #d5dae0; --tint: #f3f5f7;
  --main: #0b5cad; --other: #7a828c; --good: #0a6b3d; --bad: #a8201a; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e6e8eb; --soft: #a2abb5; --line: #3a4149;
  --tint: #1d2226; --main: #6cb2ff; --other: #98a1ab; --good: #5fd39a; --bad: #ff8f85; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 48rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p, ul { margin: .5rem 0; }
.lead { font-size: 1.1rem; }
.verdict { font-weight: 600; }
.holds { color: var(--good); } .fails { color: var(--bad); }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
code, pre { font: .88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 4px; padding: .7rem .8rem;
  white-space: pre-wrap; }
.facts { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; margin: 1.2rem 0; padding: 0; }
.facts div { background: var(--tint); border-radius: 4px; padding: .6rem .7rem; }
.facts dt { color: var(--soft); font-size: .85rem; } .facts dd { margin: 0; font-size: 1.15rem; font-weight: 600; }
@media (max-width: 34rem) { .facts { grid-template-columns: repeat(2, 1fr); } }
figure { margin: 1rem 0; } figure img { max-width: 100%; height: auto; display: block; background: #fff; border: 1px solid var(--line); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 500; white-space: nowrap; } td.number, th.number { text-align: right; white-space: nowrap; }
td.text { min-width: 12rem; } .cost td { white-space: normal; } .scroll td:last-child { min-width: 6rem; }
.formula { margin: .9rem 0; padding: .2rem 0; overflow: auto hidden; } math { font-size: 1.1em; }
.intervals { display: block; margin: 1rem 0; overflow: visible; font-size: .85rem; }
.intervals text { fill: currentColor; } .intervals line { stroke: var(--other); stroke-width: 1.5; }
.intervals circle { fill: var(--other); } .intervals .grid { stroke: var(--line); stroke-width: 1; }
.intervals .tick { fill: var(--soft); font-size: .78rem; }
.intervals .distilled line, .intervals .original line { stroke: var(--main); stroke-width: 2; }
.intervals .distilled circle, .intervals .original circle { fill: var(--main); }
.intervals .original circle { fill: var(--paper); stroke: var(--main); stroke-width: 2; }
.charts { display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; margin: .6rem 0; } .charts figure { margin: 0; flex: 1 1 17rem; min-width: 0; max-width: 100%; }
.charts.small figure { flex: 1 1 11rem; max-width: 15rem; } .charts h3 { margin: .6rem 0 .2rem; }
.chart { display: block; height: auto; max-width: 100%; overflow: visible; } .chart text { white-space: pre; }
@media print { body { max-width: none; font-size: 10pt; padding: 0; } h2, h3 { break-after: avoid; }
  figure, table, .intervals, .facts, .chart { break-inside: avoid; } }
`
