// The sound: two <audio> elements that take turns. Near the end of a song the next one's head is
// fetched (free, no quote); it starts the moment the song ends, and the stream takes over from it
// at the same second when it has arrived. Events are those of the element one hears.
const PASSED_ON = ["playing", "waiting", "pause", "timeupdate", "seeked", "ended", "error"];
const READY = 3; // HTMLMediaElement.HAVE_FUTURE_DATA

export class Sound extends EventTarget {
  constructor() {
    super();
    this.elements = [new Audio(), new Audio()];
    this.at = 0;
    this.next = null; // the song whose head is fetched
    this.head = false; // what one hears is a head without its stream
    for (const element of this.elements) {
      for (const name of PASSED_ON) element.addEventListener(name, () => this.pass(name, element));
    }
  }

  get heard() {
    return this.elements[this.at];
  }

  get spare() {
    return this.elements[1 - this.at];
  }

  get src() {
    return this.heard.src;
  }

  get paused() {
    return this.heard.paused;
  }

  get ended() {
    return this.heard.ended && !this.head;
  }

  get seeking() {
    return this.heard.seeking;
  }

  get currentTime() {
    return this.heard.currentTime;
  }

  set currentTime(seconds) {
    this.heard.currentTime = seconds;
  }

  get volume() {
    return this.heard.volume;
  }

  set volume(value) {
    for (const element of this.elements) element.volume = value;
  }

  get muted() {
    return this.heard.muted;
  }

  set muted(value) {
    for (const element of this.elements) element.muted = value;
  }

  pass(name, element) {
    if (element !== this.heard) return;
    if (this.head && name === "ended") return this.dispatchEvent(new Event("waiting"));
    this.dispatchEvent(new Event(name));
  }

  pause() {
    this.heard.pause();
  }

  play() {
    return this.heard.play();
  }

  // Stop, and forget what was fetched for another song.
  leave() {
    this.heard.pause();
    this.head = false;
    this.waitFor = null;
  }

  // The spare element loads the head by itself, which the server lets anybody keep for an hour.
  prefetch(id) {
    if (this.next === id || this.head) return;
    this.next = id;
    Object.assign(this.spare, { src: `/api/v1/tracks/${id}/head`, preload: "auto" });
    this.spare.load();
  }

  // Sound the head of this song at once, if it is here.
  startHead(id) {
    if (this.next !== id || this.spare.readyState < READY) return false;
    this.heard.pause();
    this.at = 1 - this.at;
    this.head = true;
    this.heard.play().catch(() => {});
    return true;
  }

  // Play the stream: from its beginning, or from where its head has come to.
  start(url) {
    if (!this.head) {
      this.next = null;
      this.heard.src = url;
      return this.heard.play();
    }
    const [head, stream] = [this.heard, this.spare];
    const { muted } = head;
    this.waitFor = stream;
    Object.assign(stream, { src: url, preload: "auto", muted: true });
    stream.addEventListener("canplay", () => this.follow(head, stream, muted), { once: true });
    stream.load();
    return Promise.resolve();
  }

  async follow(head, stream, muted) {
    if (this.waitFor !== stream) return;
    const stopped = head.paused && !head.ended;
    stream.currentTime = head.currentTime;
    if (!stopped) await stream.play().catch(() => {});
    if (this.waitFor !== stream) return stream.pause();
    // what passed while the stream started
    if (!stopped && !head.ended && Math.abs(head.currentTime - stream.currentTime) > 0.02) {
      stream.currentTime = head.currentTime;
    }
    this.waitFor = null;
    this.head = false;
    this.at = this.elements.indexOf(stream);
    stream.muted = muted;
    head.pause();
    this.next = null;
    this.dispatchEvent(new Event(stopped ? "pause" : "playing"));
  }
}
