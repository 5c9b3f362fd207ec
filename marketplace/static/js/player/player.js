// The player: one sound, one stream at a time, a queue or a radio. It lives outside #main and never stops on navigation.
// Here its parts are put together: what is pressed, what sounds, what is shown.
import { lasting, passing } from "../stored.js";
import { toast } from "../toast.js";
import { findTrack } from "./api.js";
import { affordable, commands, startRadio, step } from "./commands.js";
import * as deck from "./deck.js";
import { songsOver, takeOffer } from "./ending.js";
import { watchFull } from "./full.js";
import { showHeart } from "./heart.js";
import { mediaPosition, watchKeys, watchMediaKeys } from "./keys.js";
import { watchMenu } from "./menu.js";
import * as panel from "./panel.js";
import { play, silent } from "./playback.js";
import { watchQuality } from "./quality.js";
import { itemOf, listAround } from "./queue.js";
import * as radio from "./radio.js";
import { watchStage } from "./stage.js";
import { audio, queue, redraw, state } from "./state.js";
import { kept, watchVisitors } from "./visitor.js";

const SOUNDED = "refrain-sounded"; // whose song was on when this tab's last page went
const PREFETCH_SECONDS = 15; // before the end of a song

function press(button) {
  if (button.dataset.playTrack === state.current?.id && state.stream) return commands.toggle();
  const { items, at } = listAround(button);
  queue.start(items, at);
  play(itemOf(button), button.dataset.surface ?? "press");
}

function playAll() {
  const first = document.querySelector("#main .track-list [data-play-track]");
  if (first) press(first);
}

const nothingYet = () => deck.reveal({ title: "Nothing plays yet", artist: `${queue.upcoming.length} waiting` });

function wait(item, next) {
  next ? queue.playNext(item) : queue.add(item);
  redraw();
  if (state.current) deck.reveal();
  else nothingYet();
  toast(next ? `“${item.title}” plays next.` : `“${item.title}” is in the queue.`);
}

document.addEventListener("click", ({ target }) => {
  const on = (selector, act) => {
    const control = target.closest(selector);
    if (control) act(control);
  };
  on("[data-play-track]", press);
  on("[data-play-all]", playAll);
  on("[data-radio-from]", (button) => commands.radio({ ...button.dataset, id: button.dataset.radioFrom }));
  on("[data-command]", (button) => commands[button.dataset.command]());
});
document.querySelector("[data-seek]").addEventListener("input", (event) => commands.seek(Number(event.target.value)));
document.querySelector("[data-volume]").addEventListener("input", (event) => {
  audio.volume = Number(event.target.value);
  lasting.set("volume", event.target.value);
});

audio.addEventListener("playing", () => {
  deck.waiting(false);
  deck.playing(state.current.id, true);
  queue.pause(false);
  state.stream?.jumped(audio.currentTime);
  state.stream?.beat();
});
audio.addEventListener("waiting", () => deck.waiting(true));
audio.addEventListener("pause", () => {
  state.stream?.pause();
  deck.playing(state.current?.id, false);
  queue.pause(Boolean(state.stream?.alive) && !audio.ended);
});
audio.addEventListener("timeupdate", () => {
  if (!audio.seeking) state.stream?.tick(audio.currentTime);
  deck.time(audio.currentTime);
  mediaPosition(state.stream?.durationSeconds, audio.currentTime, !audio.paused);
  const left = (state.stream?.durationSeconds ?? Infinity) - audio.currentTime;
  const next = queue.upcoming[0];
  if (left < PREFETCH_SECONDS && next && state.stream.counted && (!queue.radio || affordable(next))) audio.prefetch(next.id);
});
audio.addEventListener("seeked", () => state.stream?.jumped(audio.currentTime));
audio.addEventListener("ended", () => {
  state.stream?.stop();
  deck.playing(state.current.id, false);
  if (queue.upcoming.length) step(1);
  else songsOver();
});
audio.addEventListener("error", () => audio.src && state.stream && silent());
window.addEventListener("pagehide", () => {
  passing.set(SOUNDED, state.stream?.alive && !audio.ended ? queue.key : "");
  state.stream?.stop();
});
document.addEventListener("htmx:afterSettle", () => deck.playing(state.current?.id, Boolean(state.stream) && !audio.paused));

// What was left to go on with, or played as the page was loaded anew; what is over does not come back.
function comeBack() {
  const left = queue.isLeft || passing.get(SOUNDED) === queue.key;
  if (!left) queue.drop();
  else if (queue.current) remember(queue.current);
  else if (queue.upcoming.length) redraw(nothingYet());
}

// After a reload: the song that played, its waveform and its price now, until something is pressed.
async function remember(item) {
  state.current = { ...item, surface: "press" };
  queue.pause(true);
  deck.reveal(state.current);
  showHeart(item.id);
  deck.stopped("Paused");
  redraw();
  const track = await findTrack(item.id).catch(() => null);
  if (track && state.turn === 0) deck.show({ track, price_micros: track.price_micros });
}

audio.volume = Number(lasting.get("volume") ?? 1);
document.querySelector("[data-volume]").value = audio.volume;
watchKeys(commands);
watchMediaKeys(commands);
watchMenu({
  playNext: (item) => wait(item, true),
  enqueue: (item) => wait(item, false),
  radio: commands.radio,
  forget(item) {
    queue.forget(item.id);
    redraw();
    if (state.current?.id === item.id && queue.upcoming.length) step(1);
  },
});
watchQuality();
watchFull();
watchStage({ isOn: (id) => state.stream?.alive && state.current?.id === id, seek: commands.seek, press });
radio.watchRadio(startRadio);
panel.watchPanel({
  jump: (place) => step(place + 1),
  remove: (place) => redraw(queue.remove(place)),
  reorder: (from, to) => queue.reorder(from, to),
  clear: () => redraw(queue.clear()),
  takeOffer,
  stopRadio() {
    queue.clear();
    redraw();
    deck.spending("");
    toast("The radio ends with this song.");
  },
});
comeBack();
watchVisitors((item) => play(item, "press"));
const heardBefore = kept();
if (heardBefore) {
  queue.start([heardBefore], 0);
  play(heardBefore, "press");
  const welcome = document.querySelector("#messages > .toast:last-child > span"); // one message, not one over the other
  const again = `“${heardBefore.title}” begins again: only what you hear with your account counts.`;
  if (welcome) welcome.textContent += ` ${again}`;
  else toast(again);
}
