// What plays next: the rest of the list in which play was pressed, what was added by hand, or a
// radio. Kept in this browser, for each login apart, so that a reload loses nothing.
import { lasting } from "../stored.js";

const KEPT_SONGS = 500;

export class Queue {
  constructor(owner) {
    this.key = `refrain-queue-${owner}`;
    this.items = [];
    this.at = -1;
    this.radio = null; // {id, title, capMicros (null: none), spentMicros}
    this.paused = false; // whether the song that is on waits to go on
    this.restore();
  }

  get current() {
    return this.items[this.at] ?? null;
  }

  get upcoming() {
    return this.items.slice(this.at + 1);
  }

  // Whether somebody left it to be gone on with: what follows a press by itself alone is no wish.
  get isLeft() {
    return this.paused || Boolean(this.radio) || this.upcoming.some((item) => item.byHand);
  }

  start(items, at, radio = null) {
    Object.assign(this, { items, at, radio });
    this.keep();
  }

  // Here alone: another tab may be playing it.
  drop() {
    Object.assign(this, { items: [], at: -1, radio: null, paused: false });
  }

  pause(paused) {
    if (paused === this.paused) return;
    this.paused = paused;
    this.keep();
  }

  // Right after what plays now.
  playNext(item) {
    this.items.splice(this.at + 1, 0, { ...item, byHand: true });
    this.keep();
  }

  // After what was added by hand before, ahead of the rest of the list.
  add(item) {
    const rest = this.upcoming.findIndex((one) => !one.byHand);
    const place = this.at + 1 + (rest === -1 ? this.upcoming.length : rest);
    this.items.splice(place, 0, { ...item, byHand: true });
    this.keep();
  }

  append(items) {
    this.items.push(...items);
    this.keep();
  }

  remove(offset) {
    this.items.splice(this.at + 1 + offset, 1);
    this.keep();
  }

  reorder(from, to) {
    const [item] = this.items.splice(this.at + 1 + from, 1);
    this.items.splice(this.at + 1 + to, 0, item);
    this.keep();
  }

  // A song one does not want is not waited for either.
  forget(id) {
    this.items = this.items.filter((item, i) => i <= this.at || item.id !== id);
    this.keep();
  }

  clear() {
    this.items.length = this.at + 1;
    this.radio = null;
    this.keep();
  }

  move(step) {
    const next = this.at + step;
    if (next < 0 || next >= this.items.length) return null;
    this.at = next;
    this.keep();
    return this.items[next];
  }

  keep() {
    const from = Math.max(0, this.at - KEPT_SONGS / 2);
    const items = this.items.slice(from, from + KEPT_SONGS);
    const kept = { items, at: this.at - from, radio: this.radio, paused: this.paused };
    lasting.set(this.key, JSON.stringify(kept));
  }

  restore() {
    try {
      const { items, at, radio, paused } = JSON.parse(lasting.get(this.key)) ?? {};
      if (!Array.isArray(items) || at < -1 || at >= items.length) return;
      Object.assign(this, { items, at, radio: radio ?? null, paused: Boolean(paused) });
    } catch {
      lasting.remove(this.key);
    }
  }
}

export function itemOf(control) {
  const { title, artist, cover: own } = control.dataset;
  const id = control.dataset.playTrack ?? control.dataset.menu;
  const cover = control.closest(".cover-play, .track-row, .found")?.querySelector(".cover img");
  const price = control.closest(".track-row, .shelf li")?.querySelector(".price b, p > b")?.textContent;
  return { id, title, artist, price, cover: own ?? cover?.getAttribute("src") ?? "" };
}

// The list a play button stands in, in order, and its place there.
export function listAround(button) {
  const list = button.closest("[data-reorder], .track-list:not(.bare), .shelf");
  const buttons = list ? [...list.querySelectorAll("[data-play-track]")] : [button];
  return { items: buttons.map(itemOf), at: buttons.indexOf(button) };
}
