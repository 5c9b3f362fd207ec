// One picture of the map: relief, warmth, dots, covers, names. Colours come from the page's tokens.
import { contour, field, picture } from "./relief.js";
import { NAME_FONT, SMALL_NAME_FONT, WAY_FONT } from "./plan.js";

const HEIGHTS = [0.07, 0.17, 0.3, 0.46, 0.64, 0.83];
const WARMTHS = [0.14, 0.3, 0.5, 0.72];
const MOST_DOTS = 14_000;
const SHADES = 4;
const TOKENS = ["paper", "paper-raised", "ink", "ink-2", "ink-3", "line-strong", "play", "own", "series-2"];

// The tokens as the browser works them out: light-dark() is no colour for a canvas.
export function coloursOf(element) {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const found = {};
  for (const token of TOKENS) {
    probe.style.color = `var(--${token})`;
    found[token] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

export function channels(colour) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

export function ground(points, box, columns, rows, radius, colours) {
  const heights = field(points, null, box, columns, rows, radius);
  return { ...heights, lines: HEIGHTS.map((level) => contour(heights, level)), shade: picture(heights, channels(colours.ink), (h) => 0.075 * Math.min(1, h) ** 0.7) };
}

export function warmth(points, weight, columns, rows, radius, colours) {
  const box = { x: -0.25, y: -0.25, width: 1.5, height: 1.5 };
  const heat = field(points, weight, box, columns, rows, radius);
  return { ...heat, lines: WARMTHS.map((level) => contour(heat, level)), shade: picture(heat, channels(colours.play), (h) => 0.62 * h ** 0.75) };
}

export function draw(context, scene) {
  const { view, colours, ratio } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, view.width, view.height);
  if (scene.ground) layer(context, view, scene.ground, colours["line-strong"], (k) => 0.2 + 0.05 * k, 1);
  if (scene.heat) layer(context, view, scene.heat, colours["series-2"], (k) => 0.3 + 0.1 * k, 1.1);
  if (!scene.plan) return;
  dots(context, scene);
  covers(context, scene);
  names(context, scene);
  if (view.zoom < 1.4) signs(context, scene);
  rings(context, scene);
}

function layer(context, view, { box, columns, rows, shade, lines }, colour, alphaOf, width) {
  const { ax, bx, ay, by } = view.line();
  const [left, top] = [ax * box.x + bx, ay * box.y + by];
  const [wide, high] = [ax * box.width, ay * box.height];
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(shade, left, top, wide, high);
  context.save();
  context.translate(left + wide / columns / 2, top + high / rows / 2);
  context.scale(wide / columns, high / rows);
  context.strokeStyle = colour;
  context.lineWidth = width / (wide / columns);
  context.lineCap = "round";
  lines.forEach((line, k) => {
    context.globalAlpha = alphaOf(k);
    context.stroke(line);
  });
  context.restore();
  context.globalAlpha = 1;
}

function dots(context, { view, points, plan, lit, heard, own, colours }) {
  const { ax, bx, ay, by } = view.line();
  const radius = plan.inSight > 6000 ? 1 : plan.inSight > 700 ? 1.6 : 2.8;
  const shades = Array.from({ length: SHADES }, () => new Path2D());
  const known = new Path2D();
  const owned = new Path2D();
  let left = MOST_DOTS;
  for (let i = 0; i < points.n && left; i++) {
    const px = ax * points.x[i] + bx;
    const py = ay * points.y[i] + by;
    if (!(px > -4 && py > -4 && px < view.width + 4 && py < view.height + 4) || plan.shown.has(i)) continue;
    left--;
    if (own.has(i)) circle(owned, px, py, radius + 2.4);
    if (heard.has(i)) circle(known, px, py, radius + 1);
    else if (radius < 2) shades[Math.min(SHADES - 1, Math.floor(lit[i] * SHADES))].rect(px - radius, py - radius, 2 * radius, 2 * radius);
    else circle(shades[Math.min(SHADES - 1, Math.floor(lit[i] * SHADES))], px, py, radius);
  }
  context.fillStyle = colours.ink;
  shades.forEach((path, k) => {
    context.globalAlpha = 0.28 + 0.16 * k;
    context.fill(path);
  });
  context.globalAlpha = 1;
  context.fill(known);
  context.strokeStyle = colours.own;
  context.lineWidth = 2;
  context.stroke(owned);
}

function circle(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

function covers(context, { view, plan, songs, lit, heard, own, colours, cold }) {
  const { ax, bx, ay, by } = view.line();
  const { size } = plan;
  const half = size / 2;
  for (const { number, x, y } of plan.covers) {
    const [px, py] = [ax * x + bx, ay * y + by];
    if (px < -size || py < -size || px > view.width + size || py > view.height + size) continue;
    const image = songs.cover(number);
    if (songs.get(number) === null) continue;
    context.save();
    context.shadowColor = "rgb(0 0 0 / .3)";
    context.shadowBlur = 7;
    context.shadowOffsetY = 2;
    context.fillStyle = colours["paper-raised"];
    context.beginPath();
    context.roundRect(px - half, py - half, size, size, 3);
    context.fill();
    context.restore();
    if (image) {
      context.save();
      context.beginPath();
      context.roundRect(px - half, py - half, size, size, 3);
      context.clip();
      context.globalAlpha = cold ? 1 : 0.42 + 0.58 * Math.min(1, 1.5 * lit[number]);
      context.drawImage(image, px - half, py - half, size, size);
      context.restore();
    }
    if (own.has(number)) outline(context, px, py, half + 1.5, colours.own, 2);
    if (heard.has(number)) badge(context, px + half - 2, py - half + 2, colours);
  }
  context.font = '600 12px "Instrument Sans", sans-serif';
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { text, x, y, down } of plan.titles) halo(context, text, ax * x + bx, ay * y + by + down, colours.ink, colours.paper, 4);
}

function badge(context, x, y, colours) {
  context.beginPath();
  context.arc(x, y, 4.5, 0, 2 * Math.PI);
  context.fillStyle = colours.ink;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colours.paper;
  context.stroke();
}

function outline(context, x, y, half, colour, width) {
  context.beginPath();
  context.roundRect(x - half, y - half, 2 * half, 2 * half, 4);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

function halo(context, text, x, y, colour, around, width) {
  context.lineJoin = "round";
  context.lineWidth = width;
  context.strokeStyle = around;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function names(context, { view, plan, colours }) {
  const { ax, bx, ay, by } = view.line();
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { lines, x, y, small } of plan.names) {
    context.font = small ? SMALL_NAME_FONT : NAME_FONT;
    const first = ay * y + by - ((lines.length - 1) * 22) / 2;
    lines.forEach((line, k) => halo(context, line, ax * x + bx, first + 22 * k, colours["ink-2"], colours.paper, 5));
  }
}

function signs(context, { plan, colours }) {
  context.font = WAY_FONT;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { text, px, py } of plan.signs) halo(context, text, px, py, colours["ink-3"], colours.paper, 4);
}

function rings(context, { view, points, plan, colours, chosen, hovered, playing }) {
  const { ax, bx, ay, by } = view.line();
  const ring = (number, colour, width, more) => {
    if (number < 0 || Number.isNaN(points.x[number])) return;
    const [px, py] = [ax * points.x[number] + bx, ay * points.y[number] + by];
    if (plan.shown.has(number)) return outline(context, px, py, plan.size / 2 + more, colour, width);
    context.beginPath();
    context.arc(px, py, 6 + more, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  };
  ring(hovered, colours["ink-2"], 2, 2);
  ring(chosen, colours.ink, 2.5, 3);
  ring(playing, colours.play, 4, 5);
}
