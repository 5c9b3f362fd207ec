// The calls a player needs. A failed call throws an ApiError with the server's code and sentence.
import { wish } from "./quality.js";

const BASE = "/api/v1";

export class ApiError extends Error {
  constructor(status, body) {
    super(body.detail ?? "Refrain did not answer. Nothing was paid; try again.");
    this.status = status;
    this.code = body.code ?? "";
    this.action = body.action ?? null;
    this.quote = body.quote ?? null;
  }
}

function token() {
  return document.querySelector('meta[name="csrf-token"]').content;
}

async function call(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new ApiError(0, { code: "offline", detail: "Refrain can’t be reached. Nothing was paid." });
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

const post = (address, body) =>
  call(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  });

export const findTrack = (track) => call(`${BASE}/tracks/${track}`);

// A stream at the song's price now; its answer carries the quote.
export const pressPlay = (track, surface) => post(`${BASE}/streams`, { track, surface, ...wish() });
export const openStream = (quote) => post(`${BASE}/streams`, { quote, ...wish() });
export const nextRadio = (track, heard) => post(`${BASE}/radio`, { track, heard });
export const sendHeartbeat = (address, seconds) => post(address, { played_seconds: seconds });

// Survives the page being closed, which a fetch may not.
export function stopStream(address) {
  const form = new FormData();
  form.append("csrfmiddlewaretoken", token());
  navigator.sendBeacon(address, form);
}
