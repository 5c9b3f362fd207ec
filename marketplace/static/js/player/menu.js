// The menu at the end of a song's row: one popover for the page, filled from the button that opens it.
import { dislike, like, pickPlaylist } from "../library.js";
import { shared } from "../sharing.js";
import { icon } from "../toast.js";
import { itemOf } from "./queue.js";

export function watchMenu(acts) {
  const menu = document.getElementById("row-menu");
  let opener = null;
  const items = () => [...menu.querySelectorAll("[role=menuitem]")];

  function entries(item) {
    const signedIn = document.body.dataset.signedIn === "true";
    return [
      ["list-start", "Play next", () => acts.playNext(item)],
      ["list-plus", "Add to the queue", () => acts.enqueue(item)],
      ["radio", "Start radio", () => acts.radio(item)],
      ["link", "Share", () => shared(`/tracks/${item.id}`, `${item.title} by ${item.artist}`)],
      signedIn && ["heart", item.liked === "true" ? "No longer like" : "Like", () => like(item, opener)],
      signedIn && ["list-music", "Add to a playlist", () => pickPlaylist(item)],
      signedIn && ["thumbs-down", "Not for me", async () => (await dislike(item)) && acts.forget(item)],
      signedIn && ["arrow-down-right", "Less like this", async () => (await dislike(item, true)) && acts.forget(item)],
    ].filter(Boolean);
  }

  function entry([name, label, act]) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", tabIndex: -1 });
    button.setAttribute("role", "menuitem");
    button.append(icon(name), label);
    button.addEventListener("click", () => {
      menu.hidePopover();
      opener?.focus();
      act();
    });
    return button;
  }

  // The heart on the song's own page may know better than the row it was drawn with.
  const liked = ({ dataset }) =>
    document.querySelector(`[data-like="${dataset.menu}"]`)?.getAttribute("aria-pressed") ?? dataset.liked;

  function open(button) {
    opener = button;
    const item = { ...itemOf(button), liked: liked(button) };
    menu.setAttribute("aria-label", `For ${item.title}`);
    menu.replaceChildren(...entries(item).map(entry));
    menu.showPopover();
    button.setAttribute("aria-expanded", "true");
    place(button.getBoundingClientRect());
    items()[0].focus();
  }

  function place({ right, top, bottom }) {
    const { offsetWidth: width, offsetHeight: height } = menu;
    const below = bottom + height + 8 < window.innerHeight;
    menu.style.setProperty("left", `${Math.max(8, right - width)}px`);
    menu.style.setProperty("top", `${Math.max(8, below ? bottom + 4 : top - height - 4)}px`);
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-menu]");
    if (button) open(button);
  });
  menu.addEventListener("toggle", ({ newState }) => newState === "closed" && opener?.setAttribute("aria-expanded", "false"));
  menu.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      menu.hidePopover();
      opener?.focus();
    } else if (to !== undefined) {
      event.preventDefault();
      all.at(to % all.length).focus();
    }
  });
  window.addEventListener("scroll", () => menu.matches(":popover-open") && menu.hidePopover(), { passive: true });
}
