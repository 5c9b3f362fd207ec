// Keys of the player, the system's media keys, and what the lock screen shows.
const JUMP_SECONDS = 5;
const LEAP_SECONDS = 10;
const TYPING = "input:not([type=range]), textarea, select, [contenteditable], dialog[open]";
const PRESSING = "button, a, summary, input[type=range], [data-points], [popover]";

export function watchKeys(commands) {
  // These act on what is focused there; letters mean the player everywhere but in a field.
  const moving = {
    " ": commands.toggle,
    ArrowRight: () => commands.skip(JUMP_SECONDS),
    ArrowLeft: () => commands.skip(-JUMP_SECONDS),
  };
  const letters = {
    k: commands.toggle,
    l: () => commands.skip(LEAP_SECONDS),
    j: () => commands.skip(-LEAP_SECONDS),
    n: commands.next,
    p: commands.previous,
    m: commands.mute,
    q: commands.queue,
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest?.(TYPING)) return;
    if (event.key === "?") return document.getElementById("keys").showModal();
    const inPoints = event.target.closest?.("[data-points]");
    const act = letters[event.key.toLowerCase()] ?? (event.target.closest?.(PRESSING) ? null : moving[event.key]);
    if (!act || inPoints || document.querySelector("[data-player]").hidden) return;
    event.preventDefault();
    act();
  });
}

// What the lock screen shows.
export function mediaTrack(track) {
  if (!("mediaSession" in navigator)) return;
  const artwork = track.cover_url ? [{ src: new URL(track.cover_url, location.href).href }] : [];
  navigator.mediaSession.metadata = new MediaMetadata({
    title: track.title,
    artist: track.artist.name,
    album: track.album ?? "",
    artwork,
  });
}

export function watchMediaKeys(commands) {
  if (!("mediaSession" in navigator)) return;
  const handlers = {
    play: commands.toggle,
    pause: commands.toggle,
    previoustrack: commands.previous,
    nexttrack: commands.next,
    seekbackward: (details) => commands.skip(-(details.seekOffset ?? LEAP_SECONDS)),
    seekforward: (details) => commands.skip(details.seekOffset ?? LEAP_SECONDS),
    seekto: (details) => commands.seek(details.seekTime),
  };
  for (const [action, handler] of Object.entries(handlers)) {
    navigator.mediaSession.setActionHandler(action, handler);
  }
}

export function mediaPosition(duration, position, isPlaying) {
  if (!("mediaSession" in navigator) || !(duration > 0)) return;
  navigator.mediaSession.playbackState = isPlaying ? "playing" : "paused";
  navigator.mediaSession.setPositionState({ duration, position: Math.min(position, duration), playbackRate: 1 });
}
