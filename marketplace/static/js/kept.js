// A page that the browser kept as it was left comes back with Back: only to whom it was drawn for. Whoever was
// drawn for last in this browser is known to all its pages; nobody, once one has signed out.
const DRAWN_FOR = "refrain-drawn-for";
const BARE = "bare"; // somebody who is signed in, on a page that does not say who

export function watchKept() {
  const { frame, signedIn } = document.body.dataset;
  const own = signedIn === "true" ? frame : "";
  if (own !== BARE) localStorage.setItem(DRAWN_FOR, own);
  addEventListener("pageshow", ({ persisted }) => {
    const last = localStorage.getItem(DRAWN_FOR);
    if (!persisted || last === own || (own === BARE && last)) return;
    document.body.hidden = true; // until it is there anew
    location.reload();
  });
}
