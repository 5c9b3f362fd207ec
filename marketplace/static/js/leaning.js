// How far the list leans to surprise: said while the slider moves, sent once it rests. The list is
// swapped below it, and what came of it is said to whoever can't see that.

export function watchLeaning() {
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-leaning] input[type=range]")) return;
    target.setAttribute("aria-valuetext", target.dataset.words.split("|")[Number(target.value) - Number(target.min)]);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-leaning] input[type=range]")) target.form.requestSubmit();
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.requestConfig?.elt.matches?.("[data-leaning]")) say(document.getElementById("lean-effect")?.textContent);
  });
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
