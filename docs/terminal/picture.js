/** Terminals as an animated SVG: each piece of text appears at its time, then all starts again. No script, no font. */

const fontSize = 15;
const lineHeight = 20;
/** The widest of the fonts below, as a part of their size. */
const advance = 0.62;
const margin = 20;
const padding = 10;
const gap = 10;

/** The colours of the bench's pictures. */
const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #16191d; --muted: #5b6470; --rule: #dde1e6;
  --green: #00705a; --yellow: #806000; --red: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --ink: #eceff3; --muted: #a4adba; --rule: #323944;
    --green: #4fd0a6; --yellow: #dfb347; --red: #ff8a80;
  }
}
text { font: ${fontSize}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: var(--ink); }
.pane { fill: var(--paper); stroke: var(--rule); }
.label { font: 13px system-ui, sans-serif; fill: var(--muted); text-anchor: end; }
.bold { font-weight: bold; }
.green { fill: var(--green); }
.yellow { fill: var(--yellow); }
.red { fill: var(--red); }
.progress { fill: var(--muted); visibility: hidden; }`;

/**
 * @param panes a `label` and the `lines` of each
 * @param durationMs of one run of the animation; the times of the pieces are from 0 to this
 */
export function picture({ title, description, panes, columns, durationMs }) {
  const width = Math.ceil(columns * fontSize * advance) + 2 * margin;
  const times = new Set();
  let top = 1;
  const drawn = panes.map(({ label, lines }) => {
    const height = lines.length * lineHeight + 2 * padding;
    const rows = lines.map((line, index) => row(line, top + padding + (index + 0.75) * lineHeight, times));
    const frame = `<rect class="pane" x="1" y="${top}" width="${width - 2}" height="${height}" rx="6"/>`;
    const name = `<text class="label" x="${width - margin}" y="${top + 24}">${markupOf(label)}</text>`;
    top += height + gap;
    return ['<g>', frame, name, ...rows.filter((text) => text !== ''), '</g>'].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" role="img" aria-labelledby="title description" \
width="${width}" height="${top}" viewBox="0 0 ${width} ${top}">
<title id="title">${markupOf(title)}</title>
<desc id="description">${markupOf(description)}</desc>
<style>${style}
@media (prefers-reduced-motion: no-preference) {
tspan { animation: ${durationMs}ms step-end infinite; }
.progress { visibility: visible; animation: progress ${durationMs}ms linear infinite; }
@keyframes progress { from { transform: scaleX(0); } }
${[...times].map((time) => appearance(time, durationMs)).join('\n')}
}
</style>
${drawn.join('\n')}
<rect class="progress" y="${top - 3}" width="${width}" height="2" rx="1"/>
</svg>
`;
}

function row(line, y, times) {
  const pieces = line.map(({ at, style, text }) => {
    const time = Math.round(at);
    if (time > 0) times.add(time);
    const classes = [time > 0 ? `t${time}` : '', style].filter((name) => name !== '').join(' ');
    return `<tspan class="${classes}">${markupOf(text)}</tspan>`;
  });
  return pieces.length === 0 ? '' : `<text x="${margin}" y="${y}">${pieces.join('')}</text>`;
}

function appearance(time, durationMs) {
  const name = `t${time}`;
  const part = ((100 * time) / durationMs).toFixed(2);
  return `.${name} { animation-name: ${name}; } \
@keyframes ${name} { 0% { visibility: hidden; } ${part}%, to { visibility: visible; } }`;
}

const markupOf = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
