// The small waveform in the row of the song that plays fills with it; all others are as they came.
import { barsInPaths, paint } from "./wave.js";

const PARTS = ["free-heard", "free", "heard", "rest"]; // from left to right, and in the drawing
const count = (path) => (path?.getAttribute("d") ?? "").split("M").length - 1;

function path(wave, name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
  made.classList.add(name);
  return wave.querySelector(`.${name}`) ?? made;
}

function fill(wave, fraction) {
  if (!wave.bars) {
    wave.append(...PARTS.map((name) => path(wave, name)));
    wave.bars = barsInPaths(wave);
    wave.free = (count(wave.querySelector(".free-heard")) + count(wave.querySelector(".free"))) / wave.bars.length;
  }
  paint(wave, wave.bars, wave.free, fraction);
}

export function fillRows(id, fraction) {
  for (const wave of document.querySelectorAll(".track-row > .wave")) {
    const plays = wave.parentElement.dataset.trackRow === id;
    if (plays || wave.dataset.painted) fill(wave, plays ? fraction : 0);
  }
}
