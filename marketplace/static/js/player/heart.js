// The heart beside the song that is on: it says whether one likes it, and the song's page and menus say the same.
import { like } from "../library.js";

const heart = document.querySelector("[data-heart]");
const show = (liked) => heart.setAttribute("aria-pressed", String(liked));

export async function showHeart(id) {
  heart.hidden = !id || document.body.dataset.signedIn !== "true";
  if (heart.hidden || heart.dataset.like === id) return;
  heart.dataset.like = id;
  show(false);
  const answer = await fetch(`/tracks/${id}/liked`).catch(() => null);
  const { liked } = answer?.ok && !answer.redirected ? await answer.json() : {}; // led to the sign-in page otherwise
  if (heart.dataset.like === id) show(Boolean(liked));
}

export const likeSong = ({ id, title }) => like({ id, title, liked: heart.getAttribute("aria-pressed") }, heart);

// On the song's own page there is another heart, which asks by itself.
document.addEventListener("htmx:afterSettle", () => {
  const other = document.querySelector(`#main [data-like="${heart.dataset.like}"]`);
  if (other) show(other.getAttribute("aria-pressed"));
});
