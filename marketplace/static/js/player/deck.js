// The player as seen: cover, names, waveform, time, price, and the same song's marks on the page.
import { icon } from "../toast.js";
import { fillRows } from "./rows.js";
import { barsInPaths, barsOf, paint } from "./wave.js";

const NBSP = "\u00a0";
const deck = document.querySelector("[data-player]");
const part = (name) => deck.querySelector(`[data-${name}]`);
const wave = deck.querySelector(".wave");
let shown = null;
let bars = [];
let lost = false;
let last = 0; // the second shown before
const JUMP_SECONDS = 2;

export const cents = (micros) => `${(Math.trunc(micros / 100) / 100).toFixed(2)}${NBSP}¢`;
export const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const money = (micros) =>
  micros < 1e6 ? cents(micros) : `$${(Math.trunc(micros / 1e4) / 100).toFixed(2)}`;

export function show(quote) {
  const track = quote.track;
  shown = { ...track, countingFraction: track.counting_seconds / track.duration_seconds };
  bars = barsOf(track.peaks, 600, 34);
  reveal();
  drawCover(track.cover_url);
  part("title").textContent = track.title;
  part("artist").textContent = track.artist.name;
  part("title").href = track.url;
  part("title").title = track.title;
  part("artist").href = track.artist.url;
  part("length").textContent = clock(track.duration_seconds);
  part("seek").max = track.duration_seconds;
  part("mark").style.setProperty("left", `${shown.countingFraction * 100}%`);
  lost = false;
  free(quote.price_micros);
  time(0);
}

export function reveal(item = null) {
  deck.hidden = false;
  document.body.classList.add("with-player");
  if (!item) return;
  part("title").textContent = item.title ?? "";
  part("title").title = item.title ?? "";
  part("artist").textContent = item.artist ?? "";
  shown = null; // the next song may sound before its quote is here: nothing of the last one's
  drawCover(item.cover);
  stopped("");
}

// Also what colours the whole-screen player; left alone where it is there already, so that it does not blink.
function drawCover(url) {
  if (url && part("cover").querySelector("img")?.getAttribute("src") === url) return;
  const cover = url ? Object.assign(document.createElement("img"), { src: url, alt: "" }) : icon("music");
  part("cover").replaceChildren(cover);
  deck.style.setProperty("--cover", url ? `url("${encodeURI(url)}")` : "none");
}

function free(priceMicros) {
  part("paid").textContent = priceMicros ? `Free until ${clock(shown.counting_seconds)}` : "A free play";
  part("earned").textContent = priceMicros ? `then ${cents(priceMicros)}` : "";
  part("earned").classList.remove("earned");
}

export function paid(answer) {
  part("paid").textContent = answer.price_micros ? `${cents(answer.price_micros)} paid` : "A free play";
  const units = answer.units ? `+${answer.units.toLocaleString("en")} units` : "";
  part("earned").textContent = units || `${cents(answer.spent_today_micros)} today`;
  part("earned").classList.toggle("earned", Boolean(units));
}

// The server does not answer for now: the song goes on, and so does the asking.
export function unreachable() {
  if (!lost) announce("No connection to Refrain. The song goes on as far as it is loaded.");
  lost = true;
  stopped("No connection", "trying again");
}

export function reached(answer) {
  if (!lost || !shown) return;
  lost = false;
  if (answer.state === "counted") paid(answer);
  else free(answer.price_micros);
}

export function stopped(text, next = "") {
  part("paid").textContent = text;
  part("earned").textContent = next;
  part("earned").classList.remove("earned");
}

export function balances(answer, radio) {
  deck.querySelector(".paid").title = `${cents(answer.spent_today_micros)} spent today`;
  if (!radio) spending(`${cents(answer.spent_today_micros)} today`);
  const balance = document.querySelector("[data-balance]");
  if (balance) {
    balance.textContent = `$${(Math.trunc(answer.available_micros / 1e4) / 100).toFixed(2)}`;
    const held = answer.held_micros > 0;
    balance.nextElementSibling.textContent = held ? `${cents(answer.held_micros)} held` : "balance";
  }
  const meter = document.querySelector("#limit progress");
  if (!meter || answer.cap_left_micros === null) return;
  meter.value = meter.max - answer.cap_left_micros;
  document.querySelector("[data-spent]").textContent = money(meter.value);
}

export function time(seconds) {
  const fraction = shown ? Math.min(1, seconds / shown.duration_seconds) : 0;
  part("elapsed").textContent = clock(seconds);
  part("seek").value = seconds;
  tell(seconds);
  deck.querySelector(".wave-box").style.setProperty("--part", `${fraction * 100}%`);
  if (!shown) return;
  paint(wave, bars, shown.countingFraction, fraction);
  stage(fraction, seconds);
  fillRows(shown.id, fraction);
}

// Whoever stands on the slider is told where a key has led, not every second that passes.
function tell(seconds) {
  const passes = seconds >= last && seconds - last < JUMP_SECONDS;
  last = seconds;
  if (!passes || document.activeElement !== part("seek")) say(seconds);
}

function say(seconds) {
  part("seek").setAttribute("aria-valuetext", `${clock(seconds)} of ${part("length").textContent}`);
}

part("seek").addEventListener("input", ({ target }) => say(Number(target.value)));

function stage(fraction, seconds) {
  const box = document.querySelector(`[data-stage="${shown.id}"]`);
  if (!box) return;
  const svg = box.querySelector(".wave");
  box.bars ??= barsInPaths(svg);
  paint(svg, box.bars, shown.countingFraction, fraction);
  const head = box.querySelector("[data-stage-head]");
  head.setAttribute("visibility", "visible");
  head.setAttribute("transform", `translate(${fraction * box.clientWidth} 0)`);
  const label = box.querySelector("[data-stage-time]");
  label.hidden = false;
  label.textContent = clock(seconds);
  label.style.setProperty("left", `clamp(72px, ${100 * fraction}%, 100% - 52px)`); // clear of the ends' own times
}

export function playing(id, isPlaying) {
  deck.classList.toggle("is-playing", isPlaying);
  document.body.dataset.playing = isPlaying ? id : ""; // for pages that show it their own way
  deck.querySelector('[data-command="toggle"]').setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  for (const button of document.querySelectorAll("[data-play-track]")) {
    const here = button.dataset.playTrack === id;
    button.classList.toggle("is-playing", here && isPlaying);
    button.closest(".track-row, .shelf li")?.classList.toggle("playing", here);
    if (!button.hasAttribute("aria-label")) continue;
    button.dataset.label ??= button.getAttribute("aria-label");
    const label = here && isPlaying ? `Pause ${button.dataset.title}` : button.dataset.label;
    button.setAttribute("aria-label", label);
  }
}

export const waiting = (isWaiting) => deck.classList.toggle("waiting", isWaiting);

export function announce(text) {
  part("announce").textContent = text;
}

// Money set aside for a radio, in place of the day's.
export function spending(text) {
  part("today").textContent = text;
}
