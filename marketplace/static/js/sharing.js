// Handing something on: to the clipboard, or on a phone to whatever it shares with.
import { toast } from "./toast.js";

export async function copied(text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return toast(text); // without TLS, or where it is not allowed, copying is left to the reader
  }
  toast(said);
}

export async function shared(path, name) {
  const url = new URL(path, location.href).href;
  if (!navigator.share || !matchMedia("(pointer: coarse)").matches) return copied(url, "Copied the link.");
  try {
    await navigator.share({ title: name, url });
  } catch (error) {
    if (error.name !== "AbortError") await copied(url, "Copied the link."); // not just closed
  }
}
