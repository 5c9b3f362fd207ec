// Radio: songs like one, fetched a few at a time, until the money set aside for it is spent.
import { lasting } from "../stored.js";
import { nextRadio } from "./api.js";
import { cents } from "./deck.js";

const FEW_LEFT = 3;
const CHOICE = "refrain-radio-cap";

const dialog = () => document.getElementById("radio");

export function askRadio(item) {
  dialog().item = item;
  dialog().querySelector("[data-radio-title]").textContent = item.title;
  const choice = dialog().querySelector(`[value="${lasting.get(CHOICE) ?? "200000"}"]`);
  if (choice) choice.checked = true;
  dialog().showModal();
}

export function watchRadio(start) {
  dialog().querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { cap } = Object.fromEntries(new FormData(event.target));
    lasting.set(CHOICE, cap);
    dialog().close();
    start(dialog().item, cap === "" ? null : Number(cap));
  });
}

// Whether one more song at this price still fits; micros.
export function fits(radio, priceMicros) {
  return radio.capMicros === null || radio.spentMicros + (priceMicros ?? 0) <= radio.capMicros;
}

export const spent = (radio) =>
  radio.capMicros === null
    ? `${cents(radio.spentMicros)} in this radio`
    : `${cents(radio.spentMicros)} of ${cents(radio.capMicros)} in this radio`;

export const over = (radio) =>
  `The radio has stopped: ${cents(radio.spentMicros)} of its ${cents(radio.capMicros)} are spent, and the next song would go over.`;

// More songs when few are left; says nothing while there are enough.
export async function more(queue) {
  const { radio } = queue;
  if (!radio || radio.asking || queue.upcoming.length >= FEW_LEFT) return false;
  radio.asking = true;
  try {
    const heard = queue.items.map((item) => item.id);
    const { tracks } = await nextRadio(radio.id, heard);
    if (queue.radio !== radio) return false;
    queue.append(tracks.map((one) => ({ ...one, cover: one.cover_url })));
    return tracks.length > 0;
  } finally {
    delete radio.asking;
  }
}
