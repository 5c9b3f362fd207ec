// What buttons, keys and the system's media keys ask of the player, and the way from song to song.
import { toast } from "../toast.js";
import * as deck from "./deck.js";
import { takeOffer } from "./ending.js";
import { likeSong } from "./heart.js";
import * as panel from "./panel.js";
import { play, radioOver, silent } from "./playback.js";
import * as radio from "./radio.js";
import { audio, queue, redraw, state } from "./state.js";
import { signIn } from "./trouble.js";
import { invite, isVisitor } from "./visitor.js";

export const commands = {
  toggle() {
    const { current, stream } = state;
    if (!current) return void step(1);
    if (!audio.paused && !audio.ended) audio.pause();
    else if (stream?.alive && !audio.ended) audio.play().catch(silent);
    else if (stream && isVisitor()) invite(current);
    else play(current, queue.radio ? "radio" : "press");
  },
  next: () => step(1) || takeOffer(),
  previous() {
    if (audio.currentTime > 3 && state.stream) commands.seek(0);
    else step(-1) || commands.seek(0);
  },
  seek(seconds) {
    const { stream } = state;
    if (!stream) return;
    const open = stream.openSeconds;
    if (seconds > open && stream.free) toast(`The free part ends at ${deck.clock(open)}.`);
    else if (seconds > open) {
      toast(`You can jump past ${deck.clock(open)} once the play has counted, at ${deck.clock(stream.countingSeconds)}.`);
    }
    audio.currentTime = Math.max(0, Math.min(seconds, open - 0.5));
  },
  skip: (seconds) => commands.seek(audio.currentTime + seconds),
  like: () => likeSong(state.current),
  queue: panel.toggleQueue,
  radio: (item) => (isVisitor() ? signIn() : radio.askRadio(item)),
  mute() {
    audio.muted = !audio.muted;
    const button = document.querySelector('[data-command="mute"]');
    button.classList.toggle("muted", audio.muted);
    button.setAttribute("aria-pressed", String(audio.muted));
  },
};

export function step(by) {
  if (by > 0 && queue.radio && !affordable(queue.items[queue.at + by])) return radioOver();
  const item = queue.move(by);
  if (item) play(item, queue.radio ? "radio" : "queue");
  refill();
  return item;
}

export const affordable = (item) => !item || radio.fits(queue.radio, item.price_micros);

export async function startRadio(seed, capMicros) {
  const session = { id: seed.id, title: seed.title, capMicros, spentMicros: 0 };
  const here = state.current?.id === seed.id && state.stream;
  const isOver = here && audio.ended; // nobody pays for it once more to hear what follows
  queue.start([{ ...seed }], 0, session);
  if (here) state.current.surface = "radio";
  else play(seed, "radio");
  redraw();
  await refill();
  if (isOver) step(1);
}

async function refill() {
  try {
    if (await radio.more(queue)) redraw();
  } catch (error) {
    toast(`The radio found no more songs. ${error.message}`, "error");
  }
}
