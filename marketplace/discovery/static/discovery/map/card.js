// The song one points at, beside the pointer, and the one that is chosen, with its price and its button.
export class Card {
  constructor(stage, close) {
    const part = (name) => stage.querySelector(`[data-card-${name}]`);
    Object.assign(this, { box: stage.querySelector("[data-map-card]"), pointer: stage.querySelector("[data-map-tip]") });
    this.parts = Object.fromEntries(["cover", "title", "artist", "note", "price", "play"].map((name) => [name, part(name)]));
    part("close").addEventListener("click", () => {
      close();
      stage.querySelector("canvas").focus();
    });
  }

  show(song, note) {
    const { cover, title, artist, price, play } = this.parts;
    this.parts.note.textContent = note;
    if (this.box.hidden || play.dataset.playTrack !== song.id) {
      cover.src = song.cover_url;
      title.textContent = song.title;
      title.href = song.url;
      artist.textContent = song.artist;
      artist.href = song.artist_url;
      price.textContent = `Play for ${song.price}`;
      Object.assign(play.dataset, { playTrack: song.id, title: song.title, artist: song.artist, cover: song.cover_url });
      play.classList.toggle("is-playing", document.body.dataset.playing === song.id);
    }
    this.box.hidden = false;
  }

  hide() {
    this.box.hidden = true;
  }

  // Unless it plays already: then it would stop.
  play() {
    if (!this.parts.play.classList.contains("is-playing")) this.parts.play.click();
  }

  tip(song, px, py, view) {
    this.pointer.hidden = !song;
    if (!song) return;
    this.pointer.querySelector("[data-tip-title]").textContent = song.title;
    this.pointer.querySelector("[data-tip-by]").textContent = `${song.artist} · ${song.price}`;
    const { offsetWidth: wide, offsetHeight: high } = this.pointer;
    const left = Math.min(px + 16, view.width - wide - 8);
    const top = py + 20 + high > view.height ? py - high - 12 : py + 20;
    this.pointer.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}
