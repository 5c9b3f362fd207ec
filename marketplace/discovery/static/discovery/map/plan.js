// What is drawn where nothing may cover anything: covers, titles under them, names of regions.
import { clamp } from "./view.js";

const MOST_COVERS = 72;
const SIZES = [72, 64, 56, 50, 44, 38, 32, 26]; // of covers: the largest at which nearly all have room
const ENOUGH = 0.95;
const COVERS_AMONG_MANY = 34;
const MANY = 240; // songs in sight; the rest of them are dots
const TITLE_FONT = '600 12px "Instrument Sans", sans-serif';
export const NAME_FONT = 'italic 600 19px "Besley", serif';
export const SMALL_NAME_FONT = 'italic 600 14px "Besley", serif';
export const WAY_FONT = '500 12px "Instrument Sans", sans-serif';

class Room {
  constructor() {
    this.boxes = [];
  }

  overlap(box) {
    let sum = 0;
    for (const other of this.boxes) {
      const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      if (wide > 0 && high > 0) sum += wide * high;
    }
    return sum;
  }

  take(box) {
    this.boxes.push(box);
    return box;
  }
}

const around = (x, y, width, height) => ({ left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 });

// `taken`: what stands on the sheet already. `order` gives the songs in sight, the first to be shown first.
export function plan(context, view, points, order, songs, { regions, ways, taken }) {
  const { ax, bx, ay, by } = view.line();
  const sight = [];
  const seen = (i) => {
    const px = ax * points.x[i] + bx;
    const py = ay * points.y[i] + by;
    return px > -40 && py > -40 && px < view.width + 40 && py < view.height + 40;
  };
  for (let i = 0; i < points.n; i++) if (seen(i)) sight.push(i);
  const many = sight.length > MANY;
  const area = (view.width * view.height) / Math.max(1, sight.length);
  const small = view.width < 560;
  const line = { ax, bx, ay, by };
  const sizes = many ? [small ? 26 : 34] : SIZES.filter((one) => one <= clamp(0.4 * Math.sqrt(area), small ? 26 : 30, 72));
  let [size, covers] = [0, []];
  for (size of sizes) {
    covers = chosen(order, seen, many, size, line);
    if (covers.length >= ENOUGH * sight.length) break;
  }
  const room = new Room();
  for (const box of taken) room.take(box);
  for (const { px, py } of covers) room.take(around(px, py, size + 4, size + 4));
  const titles = size >= 38 && !many ? titled(context, covers, size, songs, room) : [];
  const names = view.zoom < 9 ? named(context, view, regions, { ax, bx, ay, by }, room, small) : [];
  const signs = view.zoom < 1.4 && !small ? signed(context, view, ways, room) : [];
  return { covers, shown: new Set(covers.map((one) => one.number)), titles, names, signs, size, inSight: sight.length };
}

// The first of the order that have room: the warmest, then the most played.
function chosen(order, seen, many, size, { ax, bx, ay, by }) {
  const covers = [];
  const most = many ? COVERS_AMONG_MANY : MOST_COVERS;
  const gap = many ? 2.1 * size : size + 4;
  const cells = new Map();
  const cell = (x, y) => `${Math.floor(x / gap)} ${Math.floor(y / gap)}`;
  for (const number of order(seen)) {
    const px = ax * number.x + bx;
    const py = ay * number.y + by;
    let free = true;
    for (let dx = -gap; dx <= gap && free; dx += gap)
      for (let dy = -gap; dy <= gap && free; dy += gap)
        for (const other of cells.get(cell(px + dx, py + dy)) ?? [])
          if (Math.max(Math.abs(other[0] - px), Math.abs(other[1] - py)) < gap) free = false;
    if (!free) continue;
    const key = cell(px, py);
    cells.set(key, [...(cells.get(key) ?? []), [px, py]]);
    covers.push({ ...number, px, py });
    if (covers.length === most) break;
  }
  return covers;
}

function titled(context, covers, size, songs, room) {
  const titles = [];
  context.font = TITLE_FONT;
  for (const { number, x, y, px, py } of covers) {
    const song = songs.get(number);
    if (!song) continue;
    const text = clipped(context, song.title, Math.max(92, size * 1.9));
    const box = around(px, py + size / 2 + 11, context.measureText(text).width + 6, 15);
    if (room.overlap(box)) continue;
    room.take(box);
    titles.push({ text, x, y, down: size / 2 + 11, number });
  }
  return titles;
}

function clipped(context, text, most) {
  if (context.measureText(text).width <= most) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > most) length--;
  return `${text.slice(0, length).trimEnd()}…`;
}

// Each name near its region's middle, where it covers least.
function named(context, view, regions, { ax, bx, ay, by }, room, small) {
  const names = [];
  for (const region of regions) {
    context.font = small ? SMALL_NAME_FONT : NAME_FONT;
    const lines = broken(region.name);
    const wide = Math.max(...lines.map((line) => context.measureText(line).width)) + 8;
    const high = lines.length * 22 + 4;
    const [mx, my] = [ax * region.x + bx, ay * region.y + by];
    if (mx < -60 || my < -60 || mx > view.width + 60 || my > view.height + 60) continue;
    let best = null;
    for (let ring = 0; ring < 12; ring++) {
      for (let k = 0; k < (ring ? 12 : 1); k++) {
        const x = mx + 1.4 * ring * 15 * Math.cos((k * Math.PI) / 6);
        const y = my + ring * 15 * Math.sin((k * Math.PI) / 6);
        const box = around(x, y, wide, high);
        const out = box.left < 6 || box.right > view.width - 6 || box.top < 6 || box.bottom > view.height - 6;
        const cost = 4 * room.overlap(box) + (out ? 1e5 : 0) + ring * 28;
        if (!best || cost < best.cost) best = { cost, box, x, y };
      }
    }
    room.take(best.box);
    names.push({ lines, x: (best.x - bx) / ax, y: (best.y - by) / ay, small, number: region.number });
  }
  return names;
}

function broken(name) {
  const at = name.indexOf(", ");
  return name.length > 16 && at > 0 ? [name.slice(0, at + 1), name.slice(at + 2)] : [name];
}

// Whither songs are brighter, denser, faster: words at the sheet's edge, where they cover least.
function signed(context, view, ways, room) {
  const signs = [];
  context.font = WAY_FONT;
  for (const { word, x, y } of ways) {
    const arrow = "→↗↑↖←↙↓↘"[(Math.round((Math.atan2(y, x) / Math.PI) * 4) + 8) % 8];
    const text = x < -0.3 ? `${arrow} ${word}` : `${word} ${arrow}`;
    const wide = context.measureText(text).width + 10;
    const [across, down] = [view.width / 2 - wide / 2 - 10, view.height / 2 - 18];
    const reach = Math.min(across / Math.max(1e-6, Math.abs(x)), down / Math.max(1e-6, Math.abs(y)));
    const alongSide = reach * Math.abs(x) > across - 1;
    let best = null;
    for (let k = 0; k < 25; k++) {
      const slide = (k % 2 ? 1 : -1) * Math.ceil(k / 2) * 22;
      const px = view.width / 2 + x * reach + (alongSide ? 0 : slide);
      const py = view.height / 2 - y * reach + (alongSide ? slide : 0);
      const box = around(px, py, wide, 20);
      const out = box.left < 4 || box.right > view.width - 4 || box.top < 4 || box.bottom > view.height - 4;
      const cost = room.overlap(box) + (out ? 1e5 : 0) + 2 * Math.abs(slide);
      if (!best || cost < best.cost) best = { cost, box, px, py };
    }
    if (room.overlap(best.box) > 60) continue;
    room.take(best.box);
    signs.push({ text, px: best.px, py: best.py });
  }
  return signs;
}
