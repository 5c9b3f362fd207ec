// The map of songs: loads it, moves it, and lets one choose and play. What is heard and paid is the player's.
import { Card } from "./card.js";
import { coloursOf, draw, ground, warmth } from "./draw.js";
import { watchGestures } from "./gestures.js";
import { plan } from "./plan.js";
import { nearest, parse, towards } from "./points.js";
import { Songs } from "./songs.js";
import { View } from "./view.js";

const SETTLED_MS = 140;
const FLIGHT_MS = 180;
const CELL = 6; // pixels of a relief's cell
const BEYOND = 0.3; // of the sheet, on each side, that a relief is worked out for
const WARM_CELLS = 220;
const REACH = 16;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

class SongMap {
  constructor(root) {
    Object.assign(this, { root, stage: root.querySelector("[data-map-stage]"), canvas: root.querySelector("canvas") });
    this.context = this.canvas.getContext("2d");
    this.scene = { view: new View(), chosen: -1, hovered: -1, playing: -1, heard: new Set(), own: new Set(), cold: true };
    this.card = new Card(this.stage, () => this.choose(-1));
    this.readPlaces();
    this.load().catch(() => this.fail());
  }

  readPlaces() {
    const places = this.stage.querySelector("[data-map-places]");
    const number = (text) => Number(text);
    this.regions = [...places.querySelectorAll("span")].map((one) => ({
      name: one.textContent,
      words: one.dataset.words,
      number: number(one.dataset.number),
      x: number(one.dataset.x),
      y: 1 - number(one.dataset.y),
    }));
    this.ways = [...places.querySelectorAll("i")].map((one) => ({ word: one.textContent, x: number(one.dataset.x), y: number(one.dataset.y) }));
  }

  async load() {
    const [points, taste] = await Promise.all([fetchBytes(this.root.dataset.points), this.root.dataset.taste ? fetchTaste(this.root.dataset.taste) : null, document.fonts.load('italic 600 19px "Besley"')]);
    const { scene } = this;
    scene.points = parse(points);
    scene.songs = this.songs = new Songs(this.root.dataset.songs, scene.points.name, () => this.changed());
    this.taste = taste?.map === scene.points.name ? taste : { taste: [], heard: [], own: [] };
    scene.heard = new Set(this.taste.heard);
    scene.own = new Set(this.taste.own);
    this.first = this.taste.taste.map(([number]) => number).filter((number) => !Number.isNaN(scene.points.x[number]));
    this.recolour();
    this.resize();
    this.watch();
    this.canvas.placeOf = (number) => this.placeOf(number);
    if (this.root.dataset.focus) this.show(Number(this.root.dataset.focus));
    else this.followList(document.getElementById("map-list"), true);
    this.notePlaying();
  }

  fail() {
    this.stage.querySelector("[data-map-failed]").hidden = false;
  }

  watch() {
    const size = new ResizeObserver(() => this.resize());
    size.observe(this.stage);
    const theme = new MutationObserver(() => this.recolour());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const playing = new MutationObserver(() => this.notePlaying());
    playing.observe(document.body, { attributes: true, attributeFilter: ["data-playing"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => this.recolour();
    system.addEventListener("change", recolour);
    this.end = () => {
      for (const one of [size, theme, playing]) one.disconnect();
      system.removeEventListener("change", recolour);
      clearTimeout(this.settling);
    };
    watchGestures(this.canvas, {
      pan: (dx, dy) => this.moved(this.scene.view.pan(dx, dy)),
      zoom: (factor, px, py) => this.moved(this.scene.view.zoomBy(factor, px, py)),
      hover: (px, py) => this.hover(this.songAt(px, py), px, py),
      leave: () => this.hover(-1),
      press: (px, py, byTouch) => this.press(this.songAt(px, py, byTouch ? 26 : REACH), byTouch),
    });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-map-zoom]");
      if (button) this.zoomTo(Number(button.dataset.mapZoom));
    });
    for (const kind of ["mouseover", "focusin"]) this.root.querySelector(".map-side").addEventListener(kind, (event) => this.pointFromList(event));
  }

  recolour() {
    const { scene } = this;
    scene.colours = coloursOf(this.stage);
    this.warm();
    this.groundOf = null;
    this.settle();
  }

  // How warm each song's place is, 0 to 1, and the picture of it.
  warm() {
    const { scene, taste } = this;
    const { points } = scene;
    scene.lit = new Float32Array(points.n);
    scene.cold = !taste.taste.length;
    if (scene.cold) return;
    const weight = new Float32Array(points.n);
    for (const [number, share] of taste.taste) weight[number] = share;
    const heat = warmth(points, weight, WARM_CELLS, WARM_CELLS, 0.045 * WARM_CELLS, scene.colours);
    scene.heat = heat;
    for (let i = 0; i < points.n; i++) {
      const u = Math.floor(((points.x[i] - heat.box.x) / heat.box.width) * heat.columns);
      const v = Math.floor(((points.y[i] - heat.box.y) / heat.box.height) * heat.rows);
      scene.lit[i] = heat.grid[v * heat.columns + u] || 0;
    }
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const head = this.root.querySelector(".map-head").getBoundingClientRect();
    const own = this.stage.getBoundingClientRect();
    const within = (box, more) => ({ left: box.left - own.left - more, right: box.right - own.left + more, top: box.top - own.top - more, bottom: box.bottom - own.top + more });
    this.scene.heading = { ...within(head, 8), left: 0, top: 0 };
    this.taken = [...this.stage.querySelectorAll(".map-tools, .map-legend")].map((one) => within(one.getBoundingClientRect(), 4));
    this.scene.ratio = ratio;
    const side = width < 560 ? 34 : 84;
    this.scene.view.fit(width, height, this.scene.points.aspect, { left: side, right: side, top: this.scene.heading.bottom + (width < 560 ? 22 : 30), bottom: width < 560 ? 50 : 76 });
    this.groundOf = null;
    this.settle();
  }

  moved() {
    this.card.tip(null);
    this.root.classList.toggle("is-near", this.scene.view.zoom >= 1.4); // the heading makes room
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLED_MS);
    this.redraw();
  }

  // Everything that is too dear for each frame.
  settle() {
    const { scene } = this;
    const { view, points } = scene;
    if (!points || !scene.ratio) return;
    if (!this.groundOf || Math.abs(Math.log(view.zoom / this.groundOf.zoom)) > 0.25 || this.isPast(this.groundOf.box)) {
      const box = this.boxBeyond();
      const scale = 1 + 2 * BEYOND;
      const [columns, rows] = [Math.ceil((scale * view.width) / CELL), Math.ceil((scale * view.height) / CELL)];
      const inSight = scene.plan?.inSight ?? points.n;
      const spread = Math.min(58, Math.max(20, 0.42 * Math.sqrt((view.width * view.height) / Math.max(1, inSight))));
      scene.ground = ground(points, box, columns, rows, spread / CELL, scene.colours);
      this.groundOf = { zoom: view.zoom, box };
    }
    this.replan();
    this.redraw();
  }

  replan() {
    const { scene } = this;
    const taken = scene.view.zoom < 1.4 ? [...this.taken, scene.heading] : this.taken;
    const words = { regions: this.regions, ways: this.ways, taken };
    scene.plan = plan(this.context, scene.view, scene.points, (seen) => this.order(seen), this.songs, words);
    this.songs.want(scene.plan.covers.map((one) => one.number));
  }

  // Which songs get a cover first: the chosen one, one's taste, then the most played.
  *order(seen) {
    const { points, chosen } = this.scene;
    const one = (number) => ({ number, x: points.x[number], y: points.y[number] });
    const done = new Set([chosen]);
    if (chosen >= 0 && seen(chosen)) yield one(chosen);
    for (const number of this.first) {
      if (!done.has(number) && seen(number)) yield one(number);
      done.add(number);
    }
    for (let i = 0; i < points.n; i++) if (!done.has(i) && seen(i)) yield one(i);
  }

  boxBeyond() {
    const { view } = this.scene;
    const [x, y] = view.at(-BEYOND * view.width, -BEYOND * view.height);
    const [right, bottom] = view.at((1 + BEYOND) * view.width, (1 + BEYOND) * view.height);
    return { x, y, width: right - x, height: bottom - y };
  }

  isPast(box) {
    const { view } = this.scene;
    const [x, y] = view.at(0, 0);
    const [right, bottom] = view.at(view.width, view.height);
    return x < box.x || y < box.y || right > box.x + box.width || bottom > box.y + box.height;
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      const start = performance.now();
      draw(this.context, this.scene);
      this.canvas.frameMs = performance.now() - start;
    });
  }

  // More is known of songs: titles find their room, covers stand.
  changed() {
    this.replan();
    this.redraw();
    const { chosen } = this.scene;
    if (chosen >= 0 && this.songs.get(chosen) !== undefined) this.tell(chosen);
    if (this.toPlay !== undefined && this.songs.get(this.toPlay)) this.play(this.toPlay);
    this.notePlaying();
    if (this.tipAt) this.hover(this.scene.hovered, ...this.tipAt);
  }

  // Where a song lies on the canvas now, in pixels.
  placeOf(number) {
    const { view, points } = this.scene;
    const { ax, bx, ay, by } = view.line();
    return [ax * points.x[number] + bx, ay * points.y[number] + by];
  }

  songAt(px, py, reach = REACH) {
    const { view, points, plan: planned } = this.scene;
    const { ax, bx, ay, by } = view.line();
    const half = planned.size / 2 + 2;
    const cover = planned.covers.findLast(({ x, y }) => Math.abs(ax * x + bx - px) < half && Math.abs(ay * y + by - py) < half);
    return cover ? cover.number : nearest(points, view, px, py, reach);
  }

  hover(number, px, py) {
    this.canvas.classList.toggle("over-song", number >= 0);
    if (number !== this.scene.hovered) {
      this.scene.hovered = number;
      this.redraw();
    }
    this.tipAt = number >= 0 && px !== undefined ? [px, py] : null;
    if (number >= 0) this.songs.want([number]);
    this.card.tip(this.tipAt ? this.songs.get(number) : null, px, py, this.scene.view);
  }

  press(number, byTouch) {
    if (number < 0) return this.choose(-1);
    this.choose(number);
    if (!byTouch) this.play(number);
  }

  choose(number) {
    this.scene.chosen = number;
    if (number < 0) this.card.hide();
    else this.songs.want([number]);
    if (number >= 0 && this.songs.get(number) !== undefined) this.tell(number);
    this.redraw();
  }

  tell(number) {
    const song = this.songs.get(number);
    if (!song) {
      this.card.hide();
      return this.say("This song is off sale.");
    }
    if (this.told === number) return this.card.show(song, this.note(number));
    this.told = number;
    this.card.show(song, this.note(number));
    this.say(`${song.title} by ${song.artist}, ${song.price}. ${this.note(number)}`);
  }

  note(number) {
    const { scene } = this;
    const region = this.regions.find((one) => one.number === scene.points.region[number]);
    const place = region ? region.name : "";
    if (scene.own.has(number)) return `${place}. Part of it is yours.`;
    if (scene.heard.has(number)) return `${place}. You have heard it.`;
    return scene.lit[number] > 0.5 ? `${place}. Near what you like.` : place;
  }

  say(text) {
    this.stage.querySelector("[data-map-said]").textContent = text;
  }

  play(number) {
    if (this.songs.get(number) === null) return;
    if (!this.songs.get(number)) {
      this.toPlay = number;
      return this.songs.want([number]);
    }
    this.toPlay = undefined;
    this.card.show(this.songs.get(number), this.note(number));
    this.card.play();
  }

  notePlaying() {
    const playing = this.songs?.numbers.get(document.body.dataset.playing) ?? -1;
    if (playing === this.scene.playing) return;
    this.scene.playing = playing;
    this.redraw();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const { view, chosen } = this.scene;
    if (way && event.shiftKey) this.moved(view.pan(-80 * way[0], -80 * way[1]));
    else if (way) this.step(...way);
    else if (event.key === "+" || event.key === "=") this.zoomTo(1.6);
    else if (event.key === "-") this.zoomTo(0.625);
    else if (event.key === "0") this.zoomTo(0);
    else if ((event.key === "Enter" || event.key === " ") && chosen >= 0) this.play(chosen);
    else if (event.key === "Escape") this.choose(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  step(wx, wy) {
    const { view, points, chosen } = this.scene;
    const next = chosen < 0 ? nearest(points, view, view.width / 2, view.height / 2, Infinity) : towards(points, view, chosen, wx, wy);
    if (next < 0) return this.say("No song further that way.");
    this.choose(next);
    const [px, py] = this.placeOf(next);
    const inside = px > 60 && py > 60 && px < view.width - 60 && py < view.height - 60;
    if (!inside) this.fly({ x: points.x[next], y: points.y[next], zoom: view.zoom });
  }

  zoomTo(factor) {
    const { view } = this.scene;
    if (factor) {
      const { x, y, zoom } = view;
      if (this.scene.chosen >= 0) view.zoomBy(factor, ...this.placeOf(this.scene.chosen));
      else view.zoomBy(factor);
      const to = view.place;
      Object.assign(view, { x, y, zoom });
      this.fly(to);
    } else this.fly({ x: 0.5, y: 0.5, zoom: 1 });
  }

  fly(to) {
    const { view } = this.scene;
    const from = view.place;
    const start = performance.now();
    const token = (this.flight = {});
    const go = (now) => {
      if (this.flight !== token) return;
      const t = CALM.matches ? 1 : Math.min(1, (now - start) / FLIGHT_MS);
      const eased = 1 - (1 - t) ** 3;
      view.zoom = from.zoom * (to.zoom / from.zoom) ** eased;
      view.x = from.x + (to.x - from.x) * eased;
      view.y = from.y + (to.y - from.y) * eased;
      this.moved();
      if (t < 1) requestAnimationFrame(go);
    };
    go(start);
  }

  show(number) {
    if (!(number < this.scene.points.n)) return;
    this.choose(number);
    const { points } = this.scene;
    this.fly({ x: points.x[number], y: points.y[number], zoom: Math.max(1.8, Math.sqrt(points.n / 40)) });
  }

  // The region that the list shows fills the sheet.
  followList(list, isFirst = false) {
    if (!list || (isFirst && list.dataset.region === undefined)) return;
    const { points } = this.scene;
    const [xs, ys] = [[], []];
    for (let i = 0; i < points.n; i++) {
      if (String(points.region[i]) !== list.dataset.region) continue;
      xs.push(points.x[i]);
      ys.push(points.y[i]);
    }
    if (!xs.length) return this.fly({ x: 0.5, y: 0.5, zoom: 1 });
    const extent = (of) => {
      of.sort((a, b) => a - b);
      const [low, high] = [of[Math.floor(0.02 * of.length)], of[Math.ceil(0.98 * of.length) - 1]];
      return [(low + high) / 2, Math.max(0.02, high - low)];
    };
    const [[x, wide], [y, high]] = [extent(xs), extent(ys)];
    this.fly({ x, y, zoom: Math.min(60, Math.max(1, 0.8 / Math.max(wide, high))) });
  }

  pointFromList({ target }) {
    const list = document.getElementById("map-list");
    const row = target.closest(".track-row");
    const numbers = list.dataset.numbers.split(",").map(Number);
    const number = row ? (numbers[[...list.querySelectorAll(".track-row")].indexOf(row)] ?? -1) : -1;
    if (number !== this.scene.hovered) this.hover(number);
  }
}

async function fetchBytes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`points: ${answer.status}`);
  return answer.arrayBuffer();
}

async function fetchTaste(url) {
  const answer = await fetch(url).catch(() => null);
  return answer?.ok ? answer.json().catch(() => null) : null; // whoever has signed out meanwhile is sent to a page
}

let current = null;

function boot() {
  const root = document.querySelector("[data-map]");
  if (current && current.root !== root) {
    current.end?.(); // its page was left
    current = null;
  }
  if (root && current?.root !== root) current = new SongMap(root);
}

document.addEventListener("htmx:load", ({ detail }) => {
  boot();
  if (detail.elt.id !== "map-list" || !current?.scene.points) return;
  current.followList(detail.elt);
  const heading = detail.elt.querySelector("h2");
  heading.setAttribute("tabindex", "-1");
  heading.focus({ preventScroll: true });
});
boot();
