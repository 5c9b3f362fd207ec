// A visitor's way of listening: the opening of a song without an account, a soft end where paying
// begins, and an account in one step right there. The server is told nothing and charges nothing.
// Whoever can't pay for a play hears the opening the same way.
import { lasting, passing } from "../stored.js";
import { findTrack } from "./api.js";

const FADE_SECONDS = 3;
const KEPT_MS = 10 * 60 * 1000;
const KEY = "refrain-resume";

export const isVisitor = () => document.body.dataset.signedIn !== "true";
const loudness = () => Number(lasting.get("volume") ?? 1);

// Speaks as a Stream does, and keeps everything to itself.
export class FreePart {
  constructor(track, audio, over) {
    Object.assign(this, { track, audio, over, alive: true, counted: false, free: true });
    this.url = `/api/v1/tracks/${track.id}/head`;
    this.countingSeconds = track.counting_seconds;
    this.fadeSeconds = Math.min(FADE_SECONDS, track.counting_seconds / 2);
  }

  get openSeconds() {
    return this.countingSeconds;
  }

  tick(currentTime) {
    if (!this.alive) return;
    const left = this.countingSeconds - currentTime;
    if (left <= 0) return this.end();
    this.audio.volume = loudness() * Math.min(1, left / this.fadeSeconds);
    if (left < this.fadeSeconds && !this.frame && !this.audio.paused) {
      this.frame = requestAnimationFrame(() => {
        this.frame = null;
        this.tick(this.audio.currentTime);
      });
    }
  }

  end() {
    this.stop();
    this.audio.pause();
    this.over(this);
  }

  stop() {
    this.alive = false;
    this.audio.volume = loudness();
  }

  jumped() {}
  pause() {}
  beat() {}
}

export async function freePart(id, audio, over) {
  const track = await findTrack(id);
  if (isVisitor()) loadInvitation(track.id);
  return new FreePart(track, audio, over);
}

// ---- the account, in the player ----
const panel = () => document.getElementById("join");
const here = () => location.pathname + location.search;
let loading = null;

// Fetched while the free part sounds, so that nothing has to be waited for at its end.
function loadInvitation(song) {
  const query = new URLSearchParams({ song, next: here() });
  loading = fetch(`${panel().dataset.url}?${query}`, { headers: { "HX-Request": "true" } })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.status))))
    .then(fill);
}

function fill(html) {
  const body = panel().querySelector("[data-join]");
  body.innerHTML = html;
  window.htmx.process(body);
}

export async function invite(item) {
  panel().item = item;
  try {
    await loading;
  } catch {
    return location.assign(panel().dataset.url);
  }
  comeBackHere();
  if (!panel().open) panel().showModal();
}

// One may have gone to another page while the free part sounded.
function comeBackHere() {
  panel().querySelector("[name=next]").value = here();
  for (const link of panel().querySelectorAll("[data-sign-in]")) {
    const address = new URL(link.href);
    address.searchParams.set("next", here());
    link.href = address;
  }
}

export function watchVisitors(again) {
  if (!panel()) return;
  panel().addEventListener("click", ({ target }) => {
    if (target.closest("[data-again]")) {
      panel().close();
      again(panel().item);
    }
    if (target.closest("[data-sign-in]")) keep();
  });
  panel().addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (detail.xhr.getResponseHeader("HX-Redirect")) keep();
  });
  // What is wrong is said beside its field; the password, which no answer repeats, stays written.
  let password = "";
  panel().addEventListener("htmx:beforeSwap", () => (password = panel().querySelector("[name=password]").value));
  panel().addEventListener("htmx:afterSettle", () => {
    panel().querySelector("[name=password]").value = password;
    panel().querySelector("[aria-invalid]")?.focus();
  });
}

function keep() {
  const { id, title, artist, cover = "" } = panel().item;
  passing.set(KEY, JSON.stringify({ id, title, artist, cover, at: Date.now() }));
}

// The song one was hearing when one signed up or in: it plays on when the page is back.
export function kept() {
  if (isVisitor()) return null;
  const found = JSON.parse(passing.get(KEY) ?? "null");
  passing.remove(KEY);
  return found && Date.now() - found.at < KEPT_MS ? found : null;
}
