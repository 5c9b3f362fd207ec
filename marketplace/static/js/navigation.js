// Boosted navigation: only #main changes, so the player goes on. Focus, the current place and the
// frame follow; a page drawn for somebody else (after sign-in or sign-out) is loaded whole.

import { toast } from "./toast.js";

export function watchNavigation() {
  let asked = location.pathname;
  let pressed = null; // the link that asked: its address and words

  // A form that comes back with errors is not a place: the address stays one that can be reloaded.
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (detail.requestConfig.verb !== "get" && detail.xhr.status >= 400) detail.etc.push = "false";
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, boosted, requestConfig } = event.detail;
    if (event.detail.target?.id !== "main") return;
    pressed = { href: requestConfig.elt.href, words: requestConfig.elt.textContent };
    event.detail.target.classList.add("replaced");
    const drawnFor = /<body[^>]*\sdata-frame="([^"]*)"/.exec(xhr.responseText)?.[1];
    if (drawnFor === document.body.dataset.frame || (drawnFor === undefined && !boosted)) return;
    event.detail.shouldSwap = false;
    if (requestConfig.verb !== "get" && xhr.status >= 400) refused(xhr.responseText);
    else location.assign(xhr.responseURL || location.href);
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "main") return;
    if (event.detail.xhr?.status >= 400 && focusWrong()) return;
    if (location.pathname === asked) return focusPressed(pressed);
    asked = location.pathname;
    focusPage();
  });

  document.addEventListener("htmx:historyRestore", () => {
    asked = location.pathname;
    markPlace();
    focusPage();
  });

  watchConnection();
}

// Only what somebody asked for is answered: a part that asks again by itself says nothing.
function watchConnection() {
  let lost = null;
  document.addEventListener("htmx:sendError", ({ detail }) => {
    if (!["click", "submit"].includes(detail.requestConfig.triggeringEvent?.type)) return;
    lost?.remove();
    lost = toast("Refrain can’t be reached. This page stays, and your music goes on as far as it is loaded.", "error", {
      label: "Try again",
      stays: true,
      run: () => again(detail),
    });
  });
  document.addEventListener("htmx:afterOnLoad", () => lost?.remove());
}

function again({ elt, requestConfig: { path, triggeringEvent } }) {
  if (!elt.isConnected) return location.assign(path);
  if (elt.matches("form")) return elt.requestSubmit(triggeringEvent.submitter);
  return elt.click();
}

// A form answered by an error page: keep what was typed and say what the page says.
export function refused(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const words = [...page.querySelectorAll("main h1, main .lede")].map((line) => line.textContent);
  toast(words.join(". ") || "That did not work; nothing was changed.", "error");
}

function focusPage() {
  const heading = document.querySelector("#main h1") ?? document.getElementById("main");
  heading.setAttribute("tabindex", "-1");
  heading.focus({ preventScroll: true });
}

// In a form that came back: the first field that is wrong, or else what is wrong with the form.
function focusWrong() {
  const field = document.querySelector("#main .field.wrong :is(input:not([type=hidden]), select, textarea)");
  const wrong = field ?? document.querySelector("#main form .notice.error");
  if (!field) wrong?.setAttribute("tabindex", "-1");
  wrong?.focus({ preventScroll: true });
  wrong?.scrollIntoView({ block: "center" });
  return Boolean(wrong);
}

// A chip or a column's head on the same page, drawn anew: the focus stays on it; on from the old page's end
// to the new one's beginning, and so after a form whose button can't be pressed again.
function focusPressed({ href, words }) {
  if (document.activeElement !== document.body) return;
  const links = href ? [...document.querySelectorAll("#main a")] : [];
  const there = links.filter((link) => link.href === href);
  const alike = links.filter((link) => link.textContent === words); // a column's head turns its order round
  const again = there.find((link) => alike.includes(link)) ?? there[0] ?? (alike.length === 1 ? alike[0] : null);
  if (again) again.focus({ preventScroll: true });
  else focusPage();
}

function markPlace() {
  for (const link of document.querySelectorAll("#places a, #places-phone a")) {
    const here = isAt(link);
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// As the server marks it: the page itself, or one below it or below what belongs to it.
function isAt({ pathname, dataset }) {
  const below = [pathname, ...(dataset.within ?? "").split(" ")].filter((url) => url.length > 1);
  return location.pathname === pathname || below.some((url) => location.pathname.startsWith(`${url.replace(/\/$/, "")}/`));
}
