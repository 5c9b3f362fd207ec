// Waveforms in the colour of their cover: its strongest hue, at a strength and lightness that music.css sets.
const SIZE = 16; // pixels a side: enough to tell a hue
const BINS = 18;
const GREY = 0.012; // a mean chroma below which a cover has no colour to lend
const OWN = [215, 290]; // the blues: what one owns has that colour
const hues = new Map(); // by address; null for a grey one

const linear = (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);

// The a and b of Oklab (Ottosson 2020).
function opponents(red, green, blue) {
  const [r, g, b] = [red, green, blue].map(linear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

function pixels(image) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  drawing.drawImage(image, 0, 0, SIZE, SIZE);
  return drawing.getImageData(0, 0, SIZE, SIZE).data;
}

const degrees = (a, b) => ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;

// How much of each part of the circle of hues a picture holds: [a, b, chroma], summed over its pixels.
function shares(image) {
  const data = pixels(image);
  const bins = Array.from({ length: BINS }, () => [0, 0, 0]);
  for (let i = 0; i < data.length; i += 4) {
    const [a, b] = opponents(data[i], data[i + 1], data[i + 2]);
    const bin = Math.min(BINS - 1, Math.floor((degrees(a, b) / 360) * BINS));
    bins[bin] = add(bins[bin], [a, b, Math.hypot(a, b)]);
  }
  return bins;
}

const add = (one, other) => one.map((part, i) => part + other[i]);

// In degrees: the mean of the strongest sixth of the circle, so that a sky of several blues counts as one.
function hueOf(image) {
  const bins = shares(image);
  const chroma = bins.reduce((sum, bin) => sum + bin[2], 0) / (SIZE * SIZE);
  if (chroma < GREY) return null;
  const sixths = bins.map((bin, i) => [bins.at(i - 1), bins[(i + 1) % BINS]].reduce(add, bin));
  const [a, b] = sixths.reduce((best, sixth) => (sixth[2] > best[2] ? sixth : best));
  return degrees(a, b);
}

function tint(element, image) {
  const address = image.getAttribute("src");
  if (!hues.has(address)) hues.set(address, hueOf(image));
  const hue = hues.get(address);
  element.classList.toggle("tinted", hue !== null);
  element.classList.toggle("near-own", hue > OWN[0] && hue < OWN[1]);
  if (hue !== null) element.style.setProperty("--hue", hue.toFixed(0));
}

// A row's own cover colours it as it arrives; a large waveform asks for the cover it names.
const COVER = ".track-row > .cover-play img";

function look(image) {
  if (image.matches?.(COVER) && image.naturalWidth) tint(image.closest(".track-row"), image);
}

async function lookStage(stage) {
  const image = Object.assign(new Image(), { src: stage.dataset.tint });
  await image.decode().then(() => tint(stage, image), () => {}); // without its cover it keeps the ink
}

function lookAll() {
  for (const image of document.querySelectorAll(COVER)) look(image);
  for (const stage of document.querySelectorAll("[data-tint]:not(.tinted)")) lookStage(stage);
}

export function watchTints() {
  document.addEventListener("load", ({ target }) => look(target), true);
  document.addEventListener("htmx:afterSettle", lookAll);
  lookAll();
}
