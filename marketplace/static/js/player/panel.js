// The queue as a sheet: what plays, the radio's money, and what comes next, in an order one may change.
import { watchReorder } from "../reorder.js";
import { icon } from "../toast.js";
import { cents } from "./deck.js";
import { spent } from "./radio.js";

const sheet = document.getElementById("queue");
const part = (name) => sheet.querySelector(`[data-${name}]`);

function made(tag, fields, ...children) {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...children);
  return element;
}

function cover({ cover: url }) {
  const box = made("span", { className: "cover" });
  box.append(url ? made("img", { src: url, alt: "" }) : icon("music"));
  return box;
}

function names(item) {
  return made(
    "span",
    { className: "track-name" },
    made("b", { className: "clip", textContent: item.title ?? "" }),
    made("span", { className: "clip small quiet", textContent: item.artist ?? "" }),
    ...(item.why ? [made("span", { className: "tiny quiet", textContent: item.why })] : []),
  );
}

function control(name, label, data, css = "icon-button") {
  const button = made("button", { type: "button", className: css }, icon(name));
  button.setAttribute("aria-label", label);
  button.dataset[data] = "";
  return button;
}

// As the list said it that the song comes from; it is asked anew once the song's turn has come.
function price({ price: said, price_micros: micros }) {
  return made("span", { className: "num small quiet", textContent: said ?? (micros ? cents(micros) : "") });
}

function row(item) {
  const parts = [cover(item), names(item), price(item)];
  const play = made("button", { type: "button", className: "queue-play", title: "Play now" }, ...parts);
  play.dataset.queuePlay = "";
  const li = made(
    "li",
    {},
    control("grip-vertical", `Move ${item.title}: arrow keys up and down`, "handle", "icon-button handle"),
    play,
    control("x", `Remove ${item.title}`, "queueRemove"),
  );
  li.dataset.ordered = "";
  return li;
}

// What would follow, once it is asked for: nothing waits, and yet something can be played.
function drawOffer(offer) {
  part("queue-offer").hidden = !offer;
  if (!offer) return;
  part("queue-offered").replaceChildren(cover(offer.item), names(offer.item));
  part("queue-offer-price").textContent = `Like the one that has ended. Press it to play it for ${offer.price}.`;
}

export function draw(queue, offered) {
  const { current, upcoming, radio } = queue;
  part("queue-now").replaceChildren(...(current ? [cover(current), names(current)] : []));
  part("queue-radio").hidden = !radio;
  if (radio) {
    part("queue-radio-title").textContent = `Radio from ${radio.title}`;
    part("queue-radio-spent").textContent = spent(radio);
    const meter = part("queue-radio-meter");
    meter.hidden = radio.capMicros === null;
    meter.max = radio.capMicros ?? 1;
    meter.value = radio.spentMicros;
  }
  part("queue").replaceChildren(...upcoming.map(row));
  drawOffer(upcoming.length ? null : offered);
  part("queue-empty").hidden = upcoming.length > 0 || Boolean(offered);
  part("queue-clear").hidden = upcoming.length === 0;
}

const placeOf = (control) => [...part("queue").children].indexOf(control.closest("li"));

export function watchPanel(acts) {
  sheet.addEventListener("click", ({ target }) => {
    const on = (name, act) => {
      const found = target.closest(`[data-${name}]`);
      if (found) act(found);
    };
    on("queue-play", (button) => acts.jump(placeOf(button)));
    on("queue-offered", acts.takeOffer);
    on("queue-clear", acts.clear);
    on("queue-radio-stop", acts.stopRadio);
    on("queue-remove", (button) => {
      const place = placeOf(button);
      acts.remove(place);
      const left = part("queue").children;
      (left[Math.min(place, left.length - 1)]?.querySelector("[data-queue-remove]") ?? part("queue-close")).focus();
    });
  });
  sheet.addEventListener("toggle", ({ newState }) => lift(newState === "open"));
  watchReorder("[data-queue]", (moved, to, from) => {
    acts.reorder(from, to);
    part("queue-said").textContent = `Now number ${to + 1} of those waiting.`;
  });
}

// Above the sheet, which lies above all else: what is told there is told while it is open, too.
function lift(isOpen) {
  const toasts = document.getElementById("toasts");
  toasts.popover = isOpen ? "manual" : null;
  if (isOpen) toasts.showPopover();
}

// By its key: what was in focus gets it back when the sheet closes.
export function toggleQueue() {
  sheet.togglePopover();
  if (sheet.matches(":popover-open")) part("queue-close").focus();
}
