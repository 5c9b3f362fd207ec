// Keys: space plays and pauses, arrows jump five seconds; the system's media keys do the same.
const JUMP_SECONDS = 5;
const TAKEN = "input, textarea, select, button, a, summary, dialog, [data-points], [contenteditable], [popover]";

export function watchKeys(commands) {
  const keys = {
    " ": commands.toggle,
    ArrowRight: () => commands.skip(JUMP_SECONDS),
    ArrowLeft: () => commands.skip(-JUMP_SECONDS),
  };
  document.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    const player = document.querySelector("[data-player]");
    if (!act || player.hidden || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest?.(TAKEN)) return;
    event.preventDefault();
    act();
  });
}

export function watchMediaKeys(track, commands) {
  if (!("mediaSession" in navigator)) return;
  const artwork = track.cover_url ? [{ src: track.cover_url }] : [];
  navigator.mediaSession.metadata = new MediaMetadata({
    title: track.title,
    artist: track.artist.name,
    artwork,
  });
  const handlers = {
    play: commands.toggle,
    pause: commands.toggle,
    previoustrack: commands.previous,
    nexttrack: commands.next,
    seekto: (details) => commands.seek(details.seekTime),
  };
  for (const [action, handler] of Object.entries(handlers)) {
    navigator.mediaSession.setActionHandler(action, handler);
  }
}
