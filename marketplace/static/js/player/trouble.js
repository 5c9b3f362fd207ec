// What did not work, said once with the way out: never two such messages on screen, and none on the
// page that its way out leads to.
import { toast } from "../toast.js";
import * as deck from "./deck.js";
import { leave, state } from "./state.js";

let complaint = null;

export function complain(text, action) {
  settled();
  complaint = toast(text, "error", action);
}

// No trouble, but somebody has to choose: gone like one as soon as anything plays.
export function ask(text, ways) {
  settled();
  complaint = toast(text, "info", ways);
}

export const settled = () => complaint?.remove();

document.addEventListener("htmx:afterSettle", () => {
  const wayOut = complaint?.querySelector("a");
  if (wayOut?.pathname === location.pathname) settled();
});

export const tryAgain = (run, label = "Try again") => ({ label, stays: true, run });

// `again` plays the song once more.
export function refused(error, again) {
  if (error.status === 401 || (error.status === 403 && error.code === "not_authenticated")) return signIn();
  leave();
  deck.waiting(false);
  deck.playing(state.current?.id, false);
  deck.stopped(error.code === "offline" ? "No connection" : "Nothing paid");
  complain(error.message, error.code === "offline" ? tryAgain(again) : error.action);
}

export function signIn() {
  const here = encodeURIComponent(location.pathname + location.search);
  location.assign(`${document.body.dataset.loginUrl}?next=${here}`);
}
