// When the last song has ended: what is said, and which song would follow. A song costs money, so it
// waits until it is asked for; only a list that was pressed, and a radio with its money, go on alone.
import { nextRadio } from "./api.js";
import * as deck from "./deck.js";
import { play } from "./playback.js";
import { askRadio } from "./radio.js";
import { offered, queue, redraw, state } from "./state.js";
import { ask } from "./trouble.js";
import { isVisitor } from "./visitor.js";

export async function songsOver() {
  const { current, turn } = state;
  deck.stopped("Ended", "nothing follows");
  deck.announce(`${current.title} is over.`);
  if (isVisitor()) return;
  const heard = queue.items.map((item) => item.id);
  const { tracks } = await nextRadio(current.id, heard).catch(() => ({ tracks: [] }));
  if (turn !== state.turn || !tracks.length) return;
  const [song] = tracks;
  const price = deck.cents(song.price_micros);
  state.offered = { after: current, item: { ...song, cover: song.cover_url }, price };
  redraw();
  deck.stopped("Ended", `next for ${price}`);
  ask(`“${current.title}” is over. Like it: “${song.title}” by ${song.artist}.`, [
    { label: `Play it for ${price}`, stays: true, run: takeOffer },
    { label: "Radio", stays: true, run: () => askRadio(current) },
  ]);
}

// Play what was offered after the song that is on; whether there was something.
export function takeOffer() {
  const offer = offered();
  if (!offer) return false;
  queue.append([offer.item]);
  play(queue.move(queue.upcoming.length), queue.radio ? "radio" : "press");
  redraw();
  return true;
}
