// What the parts of the player share: the sound, the queue, and the song that is on.
import * as deck from "./deck.js";
import * as panel from "./panel.js";
import { Queue } from "./queue.js";
import * as radio from "./radio.js";
import { Sound } from "./sound.js";

export const audio = new Sound();
export const queue = new Queue(document.body.dataset.frame);
export const state = {
  stream: null,
  current: null, // {id, title, artist, cover, surface}
  turn: 0, // a later press makes the answers of an earlier one worthless
  offered: null, // {after, item, price}: the song that ended, and the one that would follow
};

export function leave() {
  audio.leave();
  state.stream?.stop();
  state.stream = null;
}

export const offered = () => (state.offered?.after === state.current ? state.offered : null);

export function redraw() {
  panel.draw(queue, offered());
  if (queue.radio) deck.spending(radio.spent(queue.radio));
}
