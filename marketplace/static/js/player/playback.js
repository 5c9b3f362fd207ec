// One song from its quote to its sound: the stream is opened, heard, paid once; or only its free part plays.
import { afterPaying } from "../parts.js";
import { lasting } from "../stored.js";
import { toast } from "../toast.js";
import { openStream, pressPlay, stopStream } from "./api.js";
import * as deck from "./deck.js";
import { showHeart } from "./heart.js";
import { mediaTrack } from "./keys.js";
import * as radio from "./radio.js";
import { audio, leave, queue, redraw, state } from "./state.js";
import { Stream } from "./stream.js";
import { ask, complain, refused, settled, tryAgain } from "./trouble.js";
import { freePart, invite, isVisitor } from "./visitor.js";

const tabs = new BroadcastChannel("refrain-player");

export async function play(item, surface) {
  const mine = ++state.turn;
  settled();
  leave();
  state.current = { ...item, surface };
  deck.reveal(item);
  showHeart(item.id);
  if (!(surface === "queue" || surface === "radio") || !audio.startHead(item.id)) deck.waiting(true);
  redraw();
  try {
    if (isVisitor()) return await taste(item.id, mine);
    const opened = await pressPlay(item.id, surface);
    await begin(opened, opened.quote, mine);
  } catch (error) {
    if (mine === state.turn) refused(error, again);
  }
}

const again = () => play(state.current, state.current.surface);

async function begin(opened, quote, mine) {
  if (mine !== state.turn) return stopStream(opened.stop_url);
  if (queue.radio && !radio.fits(queue.radio, quote.price_micros)) {
    stopStream(opened.stop_url);
    return radioOver();
  }
  await sound(new Stream(opened, quote, reports), quote);
}

async function repriced(quote, mine) {
  toast(`The price you saw had expired. It is ${deck.cents(quote.price_micros)} now.`);
  await begin(await openStream(quote.id), quote, mine);
}

// The free part, without a quote and without a stream on the server: for visitors, and without money.
async function taste(id, mine) {
  const free = await freePart(id, audio, freePartOver);
  if (mine === state.turn) await sound(free, { track: free.track, price_micros: free.track.price_micros });
}

async function sound(opened, quote) {
  state.stream = opened;
  state.current = { ...state.current, title: quote.track.title, artist: quote.track.artist.name };
  if (queue.current?.id === quote.track.id) queue.current.cover ||= quote.track.cover_url;
  redraw();
  deck.show(quote);
  mediaTrack(quote.track);
  await audio.start(opened.url).catch(unheard);
}

function unheard(error) {
  if (error.name === "AbortError") return;
  if (error.name !== "NotAllowedError") return silent();
  deck.waiting(false);
  toast(`Press play to hear ${state.current.title}.`);
}

function freePartOver() {
  if (!isVisitor()) return unpaidPartOver();
  deck.stopped("The free part is over", "press play to go on");
  deck.announce("The free part is over. Make an account to go on.");
  invite(state.current);
}

function unpaidPartOver() {
  deck.stopped("The free part is over", "nothing paid");
  deck.announce("The free part is over. Nothing was paid.");
}

// Too little money, or the month's limit: said at once, with the way out, while the free part sounds.
function unpaid(error) {
  leave();
  complain(error.message, error.action);
  short = { turn: state.turn, means: means() };
  taste(state.current.id, state.turn).catch((failure) => refused(failure, again));
}

// Once there is more money, or a higher limit, the song that lacked it is offered; nothing is paid by itself.
let short = null; // {turn, means}: which song, and what one had when it did not suffice
const means = () =>
  `${document.querySelector("[data-balance]")?.textContent} ${document.querySelector("#limit progress")?.max}`;

document.addEventListener("htmx:afterSettle", () => {
  if (short?.turn !== state.turn || short.means === means()) return;
  short = null;
  ask(`“${state.current.title}” can be heard to its end now.`, tryAgain(again, "Play it"));
});

const reports = {
  isPlaying: (asking) => asking === state.stream && !audio.paused && !audio.ended,

  onBeat(asking, answer, justCounted) {
    if (asking !== state.stream) return;
    deck.reached(answer);
    deck.balances(answer, queue.radio);
    if (answer.message) toast(answer.message);
    if (answer.state === "ended") return ended();
    if (justCounted) paid(answer);
  },

  onUnreached(asking) {
    if (asking === state.stream) deck.unreachable();
  },

  onRefused(asking, error, wasPaid) {
    if (asking !== state.stream || wasPaid) return;
    if (error.code === "expired" && error.quote) {
      leave();
      repriced(error.quote, state.turn).catch((failure) => refused(failure, again));
    } else if (error.status === 410 && !audio.paused) {
      again();
    } else if (error.status === 402) {
      unpaid(error);
    } else {
      refused(error, again);
    }
  },
};

function paid(answer) {
  deck.paid(answer);
  afterPaying();
  if (queue.radio && state.current.surface === "radio") {
    queue.radio.spentMicros += answer.price_micros;
    queue.keep();
    redraw();
  }
  const units = answer.units ? ` ${answer.units.toLocaleString("en")} units of it are yours.` : "";
  const none = answer.no_units ? ` ${answer.no_units.detail}` : "";
  if (!answer.price_micros) return deck.announce(`${state.current.title} was free.`);
  tell(`${deck.cents(answer.price_micros)} paid for ${state.current.title}.${units || none}`);
}

// The first time in this browser for all to see; after that, and on a phone's whole screen, the player says it, and
// this is for who listens only.
function tell(words) {
  if (lasting.get("paid-before") || document.body.classList.contains("player-full")) return deck.announce(words);
  lasting.set("paid-before", "yes");
  toast(words);
}

function ended() {
  audio.pause();
  state.stream = null;
  deck.stopped("Stopped, nothing paid");
}

// A song that is paid goes on where it broke off: it is not paid twice.
export function silent() {
  if (!state.stream) return;
  const [broken, at] = [state.stream, audio.currentTime];
  const isPaid = broken.counted;
  if (isPaid) audio.leave();
  else leave();
  deck.waiting(false);
  deck.playing(state.current?.id, false);
  if (!isPaid) deck.stopped("Nothing paid");
  complain(
    `The sound stopped arriving.${isPaid ? "" : " Nothing was paid."}`,
    tryAgain(isPaid ? () => goOn(broken, at) : again),
  );
}

async function goOn(broken, at) {
  if (state.stream !== broken) return;
  deck.waiting(true);
  await audio.start(broken.url).catch(unheard);
  audio.currentTime = at;
}

export function radioOver() {
  leave();
  deck.waiting(false);
  deck.playing(state.current?.id, false);
  deck.stopped("Radio stopped");
  const said = radio.over(queue.radio);
  queue.clear();
  redraw();
  toast(said);
  deck.announce(said);
  return null;
}

audio.addEventListener("playing", () => tabs.postMessage("playing")); // also when it goes on after a pause
tabs.addEventListener("message", () => audio.pause());
