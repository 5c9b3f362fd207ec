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

async function call(path, options) {
  let response;
  try {
    response = await fetch(BASE + path, options);
  } catch {
    throw new ApiError(0, { code: "offline", detail: "Refrain can’t be reached. Nothing was paid." });
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

const post = (path, body) =>
  call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  });

export const findTrack = (track) => call(`/tracks/${track}`);

export const requestQuote = (track, surface) => post("/quotes", { track, surface });
export const nextRadio = (track, heard) => post("/radio", { track, heard });
export const openStream = (quote) => post("/streams", { quote, ...wish() });
export const sendHeartbeat = (stream, seconds) =>
  post(`/streams/${stream}/heartbeat`, { played_seconds: seconds });

// Survives the page being closed, which a fetch may not.
export function stopStream(stream) {
  const form = new FormData();
  form.append("csrfmiddlewaretoken", token());
  navigator.sendBeacon(`${BASE}/streams/${stream}/stop`, form);
}
