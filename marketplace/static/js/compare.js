// Two recordings side by side ([data-hear]): one sounds at a time, from where both are the same, and
// the player is silent meanwhile. Each is asked for when it is first played.
import { toast } from "./toast.js";

const tabs = new BroadcastChannel("refrain-player"); // what else plays here stops as another tab's would
const sounds = new WeakMap();
let heard = null; // what sounds, also when its page is left

export function watchCompared() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-hear] .play-button");
    if (button) toggle(button.closest("[data-hear]"));
  });
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-hear] .seek")) return;
    const place = target.closest("[data-hear]");
    const audio = soundOf(place);
    audio.currentTime = Number(target.value);
    show(place, audio);
  });
  tabs.addEventListener("message", silence);
  document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target?.id === "main" && silence());
  window.addEventListener("popstate", silence);
  document.addEventListener("htmx:load", ({ detail }) => {
    for (const place of detail.elt.querySelectorAll("[data-hear]")) standAt(place, Number(place.dataset.from));
  });
}

function toggle(place) {
  const audio = soundOf(place);
  if (!audio.paused) return audio.pause();
  silence();
  heard = audio;
  tabs.postMessage("playing");
  audio.play().catch(() => show(place, audio));
}

function silence() {
  heard?.pause();
}

function soundOf(place) {
  if (sounds.has(place)) return sounds.get(place);
  const audio = new Audio(place.dataset.hear);
  audio.currentTime = Number(place.dataset.from);
  for (const name of ["play", "pause", "ended", "timeupdate", "seeked"]) audio.addEventListener(name, () => show(place, audio));
  audio.addEventListener("error", () => unheard(place, audio));
  sounds.set(place, audio);
  return audio;
}

// Pressed again, it is asked for again.
function unheard(place, audio) {
  audio.pause();
  sounds.delete(place);
  toast(`Can’t play ${place.dataset.name}: its file does not arrive. Try again in a moment.`, "error");
}

function show(place, audio) {
  const [button, seek] = [place.querySelector(".play-button"), place.querySelector(".seek")];
  place.classList.toggle("is-playing", !audio.paused);
  button.setAttribute("aria-label", `${audio.paused ? "Play" : "Pause"} ${place.dataset.name}`);
  seek.value = audio.currentTime;
  seek.setAttribute("aria-valuetext", clock(audio.currentTime));
  standAt(place, audio.currentTime);
  place.querySelector(".time").textContent = clock(audio.currentTime);
}

function standAt(place, seconds) {
  place.style.setProperty("--part", `${(100 * seconds) / Number(place.querySelector(".seek").max)}%`);
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
