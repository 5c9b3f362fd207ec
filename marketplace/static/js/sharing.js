// Handing something on: to the clipboard, or on a phone to whatever it shares with.
import { toast } from "./toast.js";

export async function copied(text, said) {
  if (!navigator.clipboard) return toast(text); // without TLS browsers leave copying to the reader
  await navigator.clipboard.writeText(text);
  toast(said);
}

export async function shared({ id, title, artist }) {
  const url = new URL(`/tracks/${id}`, location.href).href;
  if (!navigator.share || !matchMedia("(pointer: coarse)").matches) return copied(url, "Copied the link.");
  try {
    await navigator.share({ title: `${title} by ${artist}`, url });
  } catch (error) {
    if (error.name !== "AbortError") throw error; // closed without sharing
  }
}
