// The player: one sound, one stream at a time, a queue or a radio. It lives outside #main and never stops on navigation.
import { toast } from "../toast.js";
import { findTrack, openStream, requestQuote, stopStream } from "./api.js";
import * as deck from "./deck.js";
import { mediaPosition, watchKeys, watchMediaKeys } from "./keys.js";
import { watchMenu } from "./menu.js";
import * as panel from "./panel.js";
import { Queue, itemOf, listAround } from "./queue.js";
import * as radio from "./radio.js";
import { Sound } from "./sound.js";
import { Stream } from "./stream.js";
import { freePart, invite, isVisitor, kept, watchVisitors } from "./visitor.js";

const PREFETCH_SECONDS = 15; // before the end of a song

const audio = new Sound();
const queue = new Queue(document.body.dataset.frame);
const tabs = new BroadcastChannel("refrain-player");
let stream = null;
let current = null; // {id, title, artist, cover, surface}
let complaint = null; // the message on screen about what did not work: never two
let turn = 0; // a later press makes the answers of an earlier one worthless

async function play(item, surface) {
  const mine = ++turn;
  complaint?.remove();
  leave();
  current = { ...item, surface };
  deck.reveal(item);
  if (!(surface === "queue" || surface === "radio") || !audio.startHead(item.id)) deck.waiting(true);
  redraw();
  try {
    await (isVisitor() ? taste(item.id, mine) : begin(await requestQuote(item.id, surface), mine));
  } catch (error) {
    if (mine === turn) refused(error);
  }
}

async function begin(quote, mine) {
  if (mine === turn && queue.radio && !radio.fits(queue.radio, quote.price_micros)) return radioOver();
  let opened;
  try {
    opened = await openStream(quote.id);
  } catch (error) {
    if (error.code !== "expired" || !error.quote) throw error;
    return repriced(error.quote, mine);
  }
  if (mine !== turn) return stopStream(opened.id);
  await sound(new Stream(opened, quote, reports), quote);
}

// The free part, without a quote and without a stream on the server: for visitors, and without money.
async function taste(id, mine) {
  const free = await freePart(id, audio, freePartOver);
  if (mine === turn) await sound(free, { track: free.track, price_micros: free.track.price_micros });
}

async function sound(opened, quote) {
  stream = opened;
  current = { ...current, title: quote.track.title, artist: quote.track.artist.name };
  deck.show(quote);
  watchMediaKeys(quote.track, commands);
  tabs.postMessage("playing");
  await audio.start(stream.url).catch(unheard);
}

function unheard(error) {
  if (error.name === "AbortError") return;
  if (error.name !== "NotAllowedError") return silent();
  deck.waiting(false);
  toast(`Press play to hear ${current.title}.`);
}

function freePartOver() {
  if (!isVisitor()) return unpaidPartOver();
  deck.stopped("The free part is over", "press play to go on");
  deck.announce("The free part is over. Make an account to go on.");
  invite(current);
}

function unpaidPartOver() {
  deck.stopped("The free part is over", "nothing paid");
  deck.announce("The free part is over. Nothing was paid.");
}

// Too little money, or the month's limit: said at once, with the way out, while the free part sounds.
function unpaid(error) {
  leave();
  complain(error.message, error.action);
  taste(current.id, turn).catch(refused);
}

function repriced(quote, mine) {
  toast(`The price you saw had expired. It is ${deck.cents(quote.price_micros)} now.`);
  return begin(quote, mine);
}

function leave() {
  audio.leave();
  stream?.stop();
  stream = null;
}

const reports = {
  isPlaying: (asking) => asking === stream && !audio.paused && !audio.ended,

  onBeat(asking, answer, justCounted) {
    if (asking !== stream) return;
    deck.reached(answer);
    deck.balances(answer, queue.radio);
    if (answer.message) toast(answer.message);
    if (answer.state === "ended") return ended();
    if (!justCounted) return;
    deck.paid(answer);
    if (queue.radio && current.surface === "radio") {
      queue.radio.spentMicros += answer.price_micros;
      queue.keep();
      redraw();
    }
    const units = answer.units ? ` ${answer.units.toLocaleString("en")} units of it are yours.` : "";
    deck.announce(`${deck.cents(answer.price_micros)} paid for ${current.title}.${units}`);
  },

  onUnreached(asking) {
    if (asking === stream) deck.unreachable();
  },

  onRefused(asking, error, wasPaid) {
    if (asking !== stream || wasPaid) return;
    if (error.code === "expired" && error.quote) {
      leave();
      repriced(error.quote, turn).catch(refused);
    } else if (error.status === 410 && !audio.paused) {
      play(current, current.surface);
    } else if (error.status === 402) {
      unpaid(error);
    } else {
      refused(error);
    }
  },
};

function ended() {
  audio.pause();
  stream = null;
  deck.stopped("Stopped, nothing paid");
}

function refused(error) {
  if (error.status === 401 || (error.status === 403 && error.code === "not_authenticated")) return signIn();
  leave();
  deck.waiting(false);
  deck.playing(current?.id, false);
  deck.stopped(error.code === "offline" ? "No connection" : "Nothing paid");
  complain(error.message, error.code === "offline" ? tryAgain() : error.action);
}

function complain(text, action) {
  complaint?.remove();
  complaint = toast(text, "error", action);
}

const tryAgain = (run = () => play(current, current.surface)) => ({ label: "Try again", stays: true, run });

// A song that is paid goes on where it broke off: it is not paid twice.
function silent() {
  if (!stream) return;
  const [broken, at] = [stream, audio.currentTime];
  const paid = broken.counted;
  if (paid) audio.leave();
  else leave();
  deck.waiting(false);
  deck.playing(current?.id, false);
  if (!paid) deck.stopped("Nothing paid");
  complain(
    `The sound stopped arriving.${paid ? "" : " Nothing was paid."}`,
    paid ? tryAgain(() => goOn(broken, at)) : tryAgain(),
  );
}

async function goOn(broken, at) {
  if (stream !== broken) return;
  deck.waiting(true);
  await audio.start(broken.url).catch(unheard);
  audio.currentTime = at;
}

function signIn() {
  const here = encodeURIComponent(location.pathname + location.search);
  location.assign(`${document.body.dataset.loginUrl}?next=${here}`);
}

const commands = {
  toggle() {
    if (!current) return void step(1);
    if (!audio.paused && !audio.ended) audio.pause();
    else if (stream?.alive && !audio.ended) audio.play().catch(silent);
    else if (stream && isVisitor()) invite(current);
    else play(current, queue.radio ? "radio" : "press");
  },
  next: () => step(1),
  previous() {
    if (audio.currentTime > 3 && stream) commands.seek(0);
    else step(-1) || commands.seek(0);
  },
  seek(seconds) {
    if (!stream) return;
    const open = stream.openSeconds;
    if (seconds > open && stream.free) toast(`The free part ends at ${deck.clock(open)}.`);
    else if (seconds > open) {
      toast(`You can jump past ${deck.clock(open)} once the play has counted, at ${deck.clock(stream.countingSeconds)}.`);
    }
    audio.currentTime = Math.max(0, Math.min(seconds, open - 0.5));
  },
  skip: (seconds) => commands.seek(audio.currentTime + seconds),
  queue: panel.toggleQueue,
  radio: (item) => (isVisitor() ? signIn() : radio.askRadio(item)),
  mute() {
    audio.muted = !audio.muted;
    const button = document.querySelector('[data-command="mute"]');
    button.classList.toggle("muted", audio.muted);
    button.setAttribute("aria-pressed", String(audio.muted));
  },
};

function step(by) {
  if (by > 0 && queue.radio && !affordable(queue.items[queue.at + by])) return radioOver();
  const item = queue.move(by);
  if (item) play(item, queue.radio ? "radio" : "queue");
  refill();
  return item;
}

const affordable = (item) => !item || radio.fits(queue.radio, item.price_micros);

function radioOver() {
  leave();
  deck.waiting(false);
  deck.playing(current?.id, false);
  deck.stopped("Radio stopped");
  const said = radio.over(queue.radio);
  queue.clear();
  redraw();
  toast(said);
  deck.announce(said);
  return null;
}

async function startRadio(seed, capMicros) {
  const session = { id: seed.id, title: seed.title, capMicros, spentMicros: 0 };
  const here = current?.id === seed.id && stream && !audio.ended;
  queue.start([{ ...seed }], 0, session);
  if (here) current.surface = "radio";
  else play(seed, "radio");
  redraw();
  await refill();
}

async function refill() {
  try {
    if (await radio.more(queue)) redraw();
  } catch (error) {
    toast(`The radio found no more songs. ${error.message}`, "error");
  }
}

function redraw() {
  panel.draw(queue);
  if (queue.radio) deck.spending(radio.spent(queue.radio));
}

function press(button) {
  if (button.dataset.playTrack === current?.id && stream) return commands.toggle();
  const { items, at } = listAround(button);
  queue.start(items, at);
  play(itemOf(button), button.dataset.surface ?? "press");
}

function playAll() {
  const first = document.querySelector("#main .track-list [data-play-track]");
  if (first) press(first);
}

function wait(item, next) {
  if (!queue.current) queue.start([item], -1);
  if (!queue.items.includes(item)) next ? queue.playNext(item) : queue.add(item);
  redraw();
  deck.reveal(current ? null : { title: "Nothing plays yet", artist: `${queue.upcoming.length} waiting` });
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
  localStorage.setItem("volume", event.target.value);
});

audio.addEventListener("playing", () => {
  deck.waiting(false);
  deck.playing(current.id, true);
  stream?.jumped(audio.currentTime);
  stream?.beat();
});
audio.addEventListener("waiting", () => deck.waiting(true));
audio.addEventListener("pause", () => {
  stream?.pause();
  deck.playing(current?.id, false);
});
audio.addEventListener("timeupdate", () => {
  if (!audio.seeking) stream?.tick(audio.currentTime);
  deck.time(audio.currentTime);
  mediaPosition(stream?.durationSeconds, audio.currentTime, !audio.paused);
  const left = (stream?.durationSeconds ?? Infinity) - audio.currentTime;
  const next = queue.upcoming[0];
  if (left < PREFETCH_SECONDS && next && stream.counted && (!queue.radio || affordable(next))) audio.prefetch(next.id);
});
audio.addEventListener("seeked", () => stream?.jumped(audio.currentTime));
audio.addEventListener("ended", () => {
  stream?.stop();
  deck.playing(current.id, false);
  step(1);
});
audio.addEventListener("error", () => audio.src && stream && silent());
tabs.addEventListener("message", () => audio.pause());
window.addEventListener("pagehide", () => stream?.stop());
document.addEventListener("htmx:afterSettle", () => deck.playing(current?.id, Boolean(stream) && !audio.paused));

// After a reload: the song that played, its waveform and its price now, until something is pressed.
async function remember(item) {
  current = { ...item, surface: "press" };
  deck.reveal(current);
  deck.stopped("Paused");
  redraw();
  const track = await findTrack(item.id).catch(() => null);
  if (track && turn === 0) deck.show({ track, price_micros: track.price_micros });
}

audio.volume = Number(localStorage.getItem("volume") ?? 1);
document.querySelector("[data-volume]").value = audio.volume;
watchKeys(commands);
watchMenu({
  playNext: (item) => wait(item, true),
  enqueue: (item) => wait(item, false),
  radio: commands.radio,
  forget(item) {
    queue.forget(item.id);
    redraw();
    if (current?.id === item.id && queue.upcoming.length) step(1);
  },
});
radio.watchRadio(startRadio);
panel.watchPanel({
  jump: (place) => step(place + 1),
  remove: (place) => redraw(queue.remove(place)),
  reorder: (from, to) => queue.reorder(from, to),
  clear: () => redraw(queue.clear()),
  stopRadio() {
    queue.clear();
    redraw();
    deck.spending("");
    toast("The radio ends with this song.");
  },
});
if (queue.current) remember(queue.current);
watchVisitors((item) => play(item, "press"));
const heardBefore = kept();
if (heardBefore) {
  play(heardBefore, "press");
  toast(`“${heardBefore.title}” begins again: only what you hear with your account counts.`);
}
