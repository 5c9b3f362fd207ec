// Parts of a long page that a phone shows folded. Without this script, and on wide screens, they
// are open; what the address names is opened and shown, and what is in use (data-stays) stays open.

const phone = matchMedia("(max-width: 680px)");

export function watchFolds() {
  fold(document);
  addEventListener("hashchange", unfoldNamed);
  phone.addEventListener("change", () => fold(document));
  document.addEventListener("htmx:load", ({ detail }) => fold(detail.elt));
}

function fold(within) {
  for (const part of within.querySelectorAll("details.fold")) part.open = !phone.matches || "stays" in part.dataset;
  unfoldNamed();
}

function unfoldNamed() {
  const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!named) return;
  const parts = [named.closest("details.fold"), ...named.querySelectorAll("details.fold")];
  const folded = parts.filter((part) => part && !part.open);
  for (const part of folded) part.open = true;
  if (folded.length) named.scrollIntoView();
}
