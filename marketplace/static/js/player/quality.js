// Which copy of a song to ask for: what this browser plays beside MP3, and how much data it may cost.
import { lasting } from "../stored.js";

const KEY = "sound-quality";
const OPUS = 'audio/mp4; codecs="opus"';
const formats = new Audio().canPlayType(OPUS) ? ["mp3", "opus"] : ["mp3"];
const usual = () => (navigator.connection?.saveData ? "less_data" : "high");
const chosen = () => lasting.get(KEY) ?? usual();

export const wish = () => ({ formats, quality: chosen() });

export function watchQuality() {
  const choices = document.querySelector("[data-quality]");
  choices.querySelector(`[value="${chosen()}"]`).checked = true;
  choices.addEventListener("change", ({ target }) => lasting.set(KEY, target.value));
}
