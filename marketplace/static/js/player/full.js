// On a phone the player opens to the whole screen: the same song, waveform and buttons, large. What
// lies behind can't be reached meanwhile; Escape, the way back, a link and a wide screen close it.
const deck = document.querySelector("[data-player]");
const opener = deck.querySelector("[data-full]");
const phone = matchMedia("(max-width: 680px)");
let watcher = null;

export function watchFull() {
  opener.addEventListener("click", () => show(!deck.classList.contains("full")));
  phone.addEventListener("change", () => show(false));
  document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target?.id === "main" && show(false));
  window.addEventListener("popstate", () => show(false));
  document.addEventListener("keydown", ({ key }) => {
    const above = document.querySelector(":popover-open, dialog[open]"); // closes first
    if (key === "Escape" && !above && !window.CloseWatcher) show(false);
  });
}

function show(isFull) {
  if (isFull === deck.classList.contains("full")) return;
  deck.classList.toggle("full", isFull);
  document.body.classList.toggle("player-full", isFull);
  for (const behind of document.querySelectorAll(".skip, .frame, .phone-nav")) behind.inert = isFull;
  opener.setAttribute("aria-expanded", String(isFull));
  opener.setAttribute("aria-label", isFull ? "Make the player small" : "Show the player large");
  watcher?.destroy();
  watcher = isFull && window.CloseWatcher ? new CloseWatcher() : null;
  if (watcher) watcher.onclose = () => show(false);
  const control = phone.matches ? opener : deck.querySelector('[data-command="toggle"]'); // a wide screen has no opener
  control.focus({ preventScroll: true });
}
