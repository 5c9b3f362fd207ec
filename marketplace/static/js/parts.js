// Parts of a page that replace themselves, by asking again ([data-again]) or when one reaches them
// ([data-awaited]). An answer that is an error or a whole page never stands in a part's place.
import { refused } from "./navigation.js";

// A play was paid: what tells of the day asks anew, unless somebody's focus stands in it.
export function afterPaying() {
  for (const asks of document.querySelectorAll("[data-after-paying]")) {
    if (!asks.parentElement.contains(document.activeElement)) window.htmx.trigger(asks, "paid");
  }
}

export function watchParts() {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    const asked = requestConfig.elt;
    if (asked !== target && !asked.matches("[data-again]") && !target.matches("[data-awaited]")) return;
    if (xhr.status < 400 && !/<body[\s>]/.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    if (xhr.status < 400) return location.reload(); // signed out meanwhile: the page leads to the form
    if (requestConfig.verb !== "get") refused(xhr.responseText);
    target.classList.toggle("failed", target.matches("[data-awaited]"));
  });
  document.addEventListener("htmx:sendError", ({ target }) => target.closest("[data-awaited]")?.classList.add("failed"));
}
