// Waveforms that fill as they play: bars before the counting point are free, then heard, then the rest.
const BARS = 200;

export function barsOf(peaks, width, height) {
  const step = width / BARS;
  return Array.from({ length: BARS }, (_, i) => {
    const from = Math.floor((i * peaks.length) / BARS);
    const to = Math.max(from + 1, Math.ceil(((i + 1) * peaks.length) / BARS));
    const size = Math.min(1, Math.max(0, ...peaks.slice(from, to)));
    const half = Math.max(0.5, size * (height / 2 - 1));
    const x = ((i + 0.5) * step).toFixed(1);
    return `M${x} ${(height / 2 - half).toFixed(1)}V${(height / 2 + half).toFixed(1)}`;
  });
}

export function barsInPaths(svg) {
  const paths = [...svg.querySelectorAll("path")].map((path) => path.getAttribute("d") ?? "");
  return paths.join("").split(/(?=M)/).filter(Boolean);
}

export function paint(svg, bars, freeFraction, heardFraction) {
  const free = Math.round(bars.length * freeFraction);
  const heard = Math.round(bars.length * heardFraction);
  const key = `${free}/${heard}/${bars.length}`;
  if (svg.dataset.painted === key) return;
  svg.dataset.painted = key;
  const draw = (name, from, to) =>
    svg.querySelector(`.${name}`).setAttribute("d", bars.slice(from, Math.max(from, to)).join(""));
  draw("free-heard", 0, Math.min(free, heard));
  draw("free", Math.min(free, heard), free);
  draw("heard", free, heard);
  draw("rest", Math.max(free, heard), bars.length);
}
