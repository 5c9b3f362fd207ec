// A page that the browser kept as it was left comes back with Back: only to whom it was drawn for. Whoever was
// drawn for last in this browser is known to all its pages; nobody, once one has signed out.
import { lasting } from "./stored.js";

const DRAWN_FOR = "refrain-drawn-for";
const BARE = "bare"; // somebody who is signed in, on a page that does not say who

export function watchKept() {
  const { frame, signedIn } = document.body.dataset;
  const own = signedIn === "true" ? frame : "";
  if (own !== BARE) lasting.set(DRAWN_FOR, own);
  addEventListener("pageshow", ({ persisted }) => {
    const last = lasting.get(DRAWN_FOR);
    if (!persisted || last === own || (own === BARE && last)) return;
    document.body.hidden = true; // until it is there anew
    location.reload();
  });
}
