// Two recordings side by side ([data-hear]): one sounds at a time, from where both are the same, and
// the player is silent meanwhile. Each is asked for when it is first played.
const tabs = new BroadcastChannel("refrain-player"); // what else plays here stops as another tab's would
const sounds = new WeakMap();

export function watchCompared() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-hear] .play-button");
    if (button) toggle(button.closest("[data-hear]"));
  });
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-hear] .seek")) return;
    const place = target.closest("[data-hear]");
    soundOf(place).currentTime = Number(target.value);
    show(place);
  });
  tabs.addEventListener("message", () => pauseAll());
  document.addEventListener("htmx:beforeSwap", () => pauseAll());
  document.addEventListener("htmx:load", ({ detail }) => {
    for (const place of detail.elt.querySelectorAll("[data-hear]")) standAt(place, Number(place.dataset.from));
  });
}

function toggle(place) {
  const audio = soundOf(place);
  if (!audio.paused) return audio.pause();
  pauseAll(place);
  tabs.postMessage("playing");
  audio.play().catch(() => place.classList.remove("is-playing"));
}

function pauseAll(but = null) {
  for (const place of document.querySelectorAll("[data-hear]")) if (place !== but) sounds.get(place)?.pause();
}

function soundOf(place) {
  if (sounds.has(place)) return sounds.get(place);
  const audio = new Audio(place.dataset.hear);
  audio.currentTime = Number(place.dataset.from);
  for (const name of ["play", "pause", "ended", "timeupdate", "seeked"]) audio.addEventListener(name, () => show(place));
  sounds.set(place, audio);
  return audio;
}

function show(place) {
  const audio = sounds.get(place);
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
