// What is told of songs on the map, asked for as they come into sight; their covers, made small once.
const AT_ONCE = 60;
const COVER_PIXELS = 112;
const WAIT_MS = 90;

export class Songs {
  constructor(url, name, changed) {
    Object.assign(this, { url, name, changed, known: new Map(), numbers: new Map(), covers: new Map(), asked: new Set() });
    this.waiting = new Set();
  }

  get(number) {
    return this.known.get(number);
  }

  // Undefined until it is there; then `changed` is called.
  want(numbers) {
    for (const number of numbers) if (!this.asked.has(number)) this.waiting.add(number);
    if (this.waiting.size) this.timer ??= setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    this.timer = null;
    const some = [...this.waiting].slice(0, AT_ONCE);
    this.waiting.clear();
    for (const number of some) this.asked.add(number);
    const answer = await fetch(`${this.url}?v=${this.name}&at=${some.join(",")}`).catch(() => null);
    if (answer?.status === 409) {
      this.want = () => {}; // its numbers stand for other songs by now
      return drawAnew();
    }
    if (!answer?.ok) {
      for (const number of some) this.asked.delete(number); // asked for again with the next move
      return;
    }
    for (const song of (await answer.json()).songs) {
      this.known.set(song.number, song);
      this.numbers.set(song.id, song.number);
    }
    for (const number of some) if (!this.known.has(number)) this.known.set(number, null); // withdrawn
    this.changed();
  }

  // A small picture of the cover, or null while it is loaded.
  cover(number) {
    const song = this.known.get(number);
    if (!song) return null;
    if (!this.covers.has(number)) {
      this.covers.set(number, null);
      const image = new Image();
      image.onload = () => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = COVER_PIXELS;
        canvas.getContext("2d").drawImage(image, 0, 0, COVER_PIXELS, COVER_PIXELS);
        this.covers.set(number, canvas);
        this.changed();
      };
      image.src = song.cover_url;
    }
    return this.covers.get(number);
  }
}

// In place: what plays goes on.
function drawAnew() {
  return window.htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerHTML show:none" });
}
