// The large waveform of a song's page under a pointer: it tells the second there, and a press goes to it,
// or plays the song first. Keys have the play button and the player's slider for this.
import { clock } from "./deck.js";

export function watchStage({ isOn, seek, press }) {
  const at = (event) => {
    const stage = event.target.closest?.("[data-stage][data-seconds]");
    if (!stage || !event.target.closest(".wave-canvas")) return null;
    const box = stage.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return { stage, part, seconds: part * Number(stage.dataset.seconds) };
  };

  document.addEventListener("pointermove", (event) => {
    const place = event.pointerType === "mouse" ? at(event) : null;
    for (const hint of document.querySelectorAll("[data-stage-hint]")) hint.hidden = hint.parentElement !== place?.stage;
    const hint = place?.stage.querySelector("[data-stage-hint]");
    if (!hint) return;
    hint.style.setProperty("left", `${100 * place.part}%`);
    hint.textContent = clock(place.seconds);
  });

  document.addEventListener("click", (event) => {
    const place = at(event);
    if (!place) return;
    const id = place.stage.dataset.stage;
    if (isOn(id)) return seek(place.seconds);
    const button = document.querySelector(`#main [data-play-track="${id}"]`);
    if (button) press(button);
  });
}
