// What plays next: the rest of the list in which play was pressed, and what was added by hand.

export class Queue {
  constructor() {
    this.items = [];
    this.at = -1;
  }

  get upcoming() {
    return this.items.slice(this.at + 1);
  }

  start(items, at) {
    this.items = items;
    this.at = at;
  }

  add(item) {
    this.items.splice(this.at + 1 + this.added(), 0, { ...item, byHand: true });
  }

  added() {
    return this.upcoming.findIndex((item) => !item.byHand) === -1
      ? this.upcoming.length
      : this.upcoming.findIndex((item) => !item.byHand);
  }

  remove(offset) {
    this.items.splice(this.at + 1 + offset, 1);
  }

  move(step) {
    const next = this.at + step;
    if (next < 0 || next >= this.items.length) return null;
    this.at = next;
    return this.items[next];
  }
}

export function itemOf(control) {
  const { title, artist } = control.dataset;
  return { id: control.dataset.playTrack ?? control.dataset.enqueue, title, artist };
}

// The list a play button stands in, in order, and its place there.
export function listAround(button) {
  const list = button.closest(".track-list, .shelf");
  const buttons = list ? [...list.querySelectorAll("[data-play-track]")] : [button];
  return { items: buttons.map(itemOf), at: buttons.indexOf(button) };
}
