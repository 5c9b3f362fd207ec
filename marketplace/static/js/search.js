// Instant search: the top bar's combobox. htmx asks as one types; this moves along what came back.
// Arrow keys move, Enter opens, Shift+Enter plays, Escape closes and then clears.

export function watchSearch() {
  const box = document.querySelector("[data-search-box]");
  if (!box) return;
  const input = box.querySelector("[data-search]");
  const list = box.querySelector("#found");
  const options = () => [...list.querySelectorAll("a[role=option]")];
  let active = null;

  function choose(option) {
    active?.setAttribute("aria-selected", "false");
    active = option ?? null;
    active?.setAttribute("aria-selected", "true");
    active?.scrollIntoView({ block: "nearest" });
    if (active) input.setAttribute("aria-activedescendant", active.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function show(visible) {
    list.hidden = !visible;
    input.setAttribute("aria-expanded", String(visible));
    if (!visible) choose(null);
  }

  function move(by) {
    if (list.hidden && list.children.length) show(true);
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(active) + by;
    choose(at < -1 ? all.at(-1) : all[at] ?? null);
  }

  function open(event) {
    if (!active) return;
    event.preventDefault();
    const play = event.shiftKey && active.querySelector("[data-play-track]");
    (play || active).click();
    if (!play) show(false);
  }

  function close(event) {
    event.preventDefault();
    if (!list.hidden) return show(false);
    input.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const keys = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: open, Escape: close };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !keys[event.key]) return;
    if (event.key.startsWith("Arrow")) event.preventDefault();
    keys[event.key](event);
  });
  input.addEventListener("focus", () => input.value.trim() && list.children.length && show(true));
  box.addEventListener("focusout", ({ relatedTarget }) => !box.contains(relatedTarget) && show(false));
  box.addEventListener("submit", () => show(false));
  // a press on an option must not take the focus from the field before the click has arrived
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    if (event.target.closest("[data-play-track]")) event.preventDefault();
    else if (event.target.closest("a")) show(false);
  });

  input.addEventListener("htmx:configRequest", (event) => {
    if (input.value.trim()) return;
    event.preventDefault();
    list.replaceChildren();
    show(false);
  });
  list.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status === 200) return;
    detail.shouldSwap = false;
    failed();
  });
  input.addEventListener("htmx:sendError", failed);
  list.addEventListener("htmx:afterSwap", () => {
    active = null;
    show(document.activeElement === input);
  });

  // the field belongs to no page: elsewhere than where it was asked, it asks for nothing any more
  function follow() {
    if (document.activeElement === input) return;
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    list.replaceChildren();
  }
  document.addEventListener("htmx:afterSettle", ({ detail }) => detail.target?.id === "main" && follow());
  document.addEventListener("htmx:historyRestore", follow);

  function failed() {
    const words = document.createElement("div");
    words.className = "found-none";
    words.setAttribute("role", "option");
    words.setAttribute("aria-disabled", "true");
    words.textContent = "Search did not answer. Press Enter to try again.";
    list.replaceChildren(words);
    show(true);
  }
}
