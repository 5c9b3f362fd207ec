// How far the list leans to surprise: said while the slider moves, sent once it rests. The list is
// swapped below it, and what came of it is said to whoever can't see that.
const REST_MS = 250;
const SLIDER = "[data-leaning] input[type=range]";

let wanted = null; // where the slider was moved to last, also while an answer to an earlier move comes
let sent = null; // under way
let resting;

export function watchLeaning() {
  document.addEventListener("input", ({ target }) => {
    if (target.matches(SLIDER)) tell(target);
  });
  document.addEventListener("change", ({ target }) => {
    if (!target.matches(SLIDER)) return;
    wanted = target.value;
    clearTimeout(resting);
    resting = setTimeout(send, REST_MS);
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (!isLeaning(detail) || sent === null) return; // it is told of each part that was swapped
    const isLast = sent === wanted;
    sent = null;
    if (isLast) return say(document.getElementById("lean-effect")?.textContent);
    const slider = document.querySelector(SLIDER);
    if (!slider) return; // another page by now
    slider.value = wanted;
    tell(slider);
    clearTimeout(resting);
    resting = setTimeout(send, REST_MS);
  });
  for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(failed, ({ detail }) => isLeaning(detail) && (sent = null));
}

function isLeaning(detail) {
  return detail.requestConfig?.elt.matches?.("[data-leaning]");
}

function tell(slider) {
  const words = slider.dataset.words.split("|")[Number(slider.value) - Number(slider.min)];
  slider.setAttribute("aria-valuetext", words);
  slider.form.querySelector("[data-lean-words]").textContent = words;
}

function send() {
  const slider = document.querySelector(SLIDER);
  if (!slider || sent !== null) return;
  sent = wanted;
  slider.form.requestSubmit();
}

// The page's list as the server would make it now, in place; the focus stays on the row of the same number.
export async function listAnew() {
  if (!document.querySelector("[data-leaning]")) return;
  const menus = () => [...document.querySelectorAll("#main [data-menu]")];
  const at = menus().indexOf(document.activeElement);
  await window.htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerHTML show:none" });
  if (at >= 0) menus()[at]?.focus();
}

function say(words) {
  const toasts = document.getElementById("toasts");
  let said = toasts.querySelector("[data-said]");
  if (!said) {
    said = document.createElement("p");
    said.className = "hidden";
    said.dataset.said = "";
    toasts.append(said);
  }
  said.textContent = words ?? "";
}
