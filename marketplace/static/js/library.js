// The library in the browser: a row's menu, likes, dislikes, playlists. Each says what it did.
import { listAnew } from "./leaning.js";
import { watchReorder } from "./reorder.js";
import { toast } from "./toast.js";

// Once one has signed out in another tab, the sign-in page answers.
function signedOut() {
  const next = new URLSearchParams({ next: location.pathname + location.search });
  toast("You are signed out; nothing was changed.", "error", { label: "Sign in", url: `/login?${next}` });
  return null;
}

export async function post(url, fields = {}) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": token, "X-Quiet": "1" },
    body: new URLSearchParams(fields),
  }).catch(() => null);
  if (answer?.redirected) return signedOut();
  if (answer?.ok) return answer;
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const said = page.querySelector("main .lede")?.textContent;
  toast(said || "That did not work; nothing was changed.", "error");
  return null;
}

// Not for me; `less`: nor what is like it, so the list on show is made anew.
export async function dislike({ id, title }, less = false) {
  if (!(await post(`/tracks/${id}/dislike`, less ? { less: "1" } : {}))) return false;
  const rows = [...document.querySelectorAll(`[data-track-row="${id}"]`)].filter(
    (row) => !row.closest("[data-reorder], table"),
  );
  const next = rows.find((row) => row.contains(document.activeElement))?.nextElementSibling;
  for (const row of rows) row.hidden = true;
  next?.querySelector("[data-menu]")?.focus();
  const undo = async () => {
    if (!(await post(`/tracks/${id}/dislike`, { undo: "1" }))) return;
    for (const row of rows) row.hidden = false;
    if (less) listAnew();
  };
  const said = less
    ? `“${title}” is left out, and what is like it moves down.`
    : `“${title}” is left out of Home and radio from now on.`;
  toast(said, "info", { label: "Undo", run: undo });
  if (less) listAnew();
  return true;
}

// The wish is the other than what is shown: pressed twice, or where another tab was first, it stays the same wish.
export async function like(item, button) {
  const liked = item.liked !== "true";
  if (!(await post(`/tracks/${item.id}/like`, { liked }))) return;
  for (const one of document.querySelectorAll(`[data-menu="${item.id}"]`)) one.dataset.liked = liked;
  for (const one of document.querySelectorAll(`[data-like="${item.id}"]`)) one.setAttribute("aria-pressed", liked);
  toast(liked ? `“${item.title}” is in your library.` : `“${item.title}” is no longer liked.`);
  button?.focus();
}

export async function pickPlaylist({ id }) {
  const dialog = document.getElementById("pick");
  const answer = await fetch(`/library/pick/${id}`).catch(() => null);
  if (!answer?.ok) return toast("Your playlists did not answer. Try again.", "error");
  dialog.innerHTML = await answer.text();
  dialog.showModal();
}

async function picked(button) {
  const answer = await post(button.dataset.pickInto);
  if (!answer) return;
  document.getElementById("pick").close();
  toast((await answer.text()) || `Added to “${button.dataset.name}”.`);
}

export function watchLibrary() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-pick-into]");
    if (button) picked(button);
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-pick]");
    if (!form) return;
    event.preventDefault();
    const { name, track } = Object.fromEntries(new FormData(form));
    if (!(await post(form.action, { name, track }))) return;
    document.getElementById("pick").close();
    toast(`Added to “${name}”.`);
  });
  watchReorder("[data-reorder]", async (row, to, from) => {
    const said = document.querySelector("[data-reorder-said]");
    if (await post(row.dataset.ordered, { to })) {
      if (said) said.textContent = `Now number ${to + 1}.`;
      return;
    }
    const list = row.parentElement;
    row.remove();
    list.insertBefore(row, list.children[from] ?? null);
  });
}
