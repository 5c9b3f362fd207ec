// How thickly songs lie, and how warm a taste is: a smooth field over the map, and its contour lines.
const SMOOTHINGS = 3; // three running means are nearly a Gaussian

// The field over `box` {x, y, width, height} of the map, its largest value 1. `radius` in cells.
export function field(points, weight, box, columns, rows, radius) {
  let grid = new Float32Array(columns * rows);
  const sx = columns / box.width;
  const sy = rows / box.height;
  for (let i = 0; i < points.n; i++) {
    const value = weight ? weight[i] : 1;
    if (!value) continue;
    const u = (points.x[i] - box.x) * sx;
    const v = (points.y[i] - box.y) * sy;
    if (u >= 0 && v >= 0 && u < columns && v < rows) grid[Math.floor(v) * columns + Math.floor(u)] += value;
  }
  const r = Math.max(1, Math.round(radius));
  for (let k = 0; k < SMOOTHINGS; k++) grid = smooth(smooth(grid, columns, rows, r, 1, columns), rows, columns, r, columns, 1);
  let top = 0;
  for (const value of grid) if (value > top) top = value;
  if (top) for (let i = 0; i < grid.length; i++) grid[i] /= top;
  return { grid, columns, rows, box };
}

// A running mean of 2 r + 1 cells along lines of `length` cells that are `step` apart.
function smooth(grid, length, lines, r, step, stride) {
  const out = new Float32Array(grid.length);
  const share = 1 / (2 * r + 1);
  for (let line = 0; line < lines; line++) {
    const at = line * stride;
    let sum = 0;
    for (let i = -r; i < length; i++) {
      if (i + r < length) sum += grid[at + (i + r) * step];
      if (i - r - 1 >= 0) sum -= grid[at + (i - r - 1) * step];
      if (i >= 0) out[at + i * step] = Math.max(0, sum * share);
    }
  }
  return out;
}

// Where the field is `level`: marching squares, in cells. A path to stroke.
export function contour({ grid, columns, rows }, level) {
  const path = new Path2D();
  for (let j = 0; j + 1 < rows; j++) {
    for (let i = 0; i + 1 < columns; i++) {
      const at = j * columns + i;
      const [a, b, c, d] = [grid[at], grid[at + 1], grid[at + columns + 1], grid[at + columns]];
      const kind = (a > level) | ((b > level) << 1) | ((c > level) << 2) | ((d > level) << 3);
      if (kind === 0 || kind === 15) continue;
      const cross = (from, to) => (level - from) / (to - from);
      const sides = [
        () => [i + cross(a, b), j],
        () => [i + 1, j + cross(b, c)],
        () => [i + cross(d, c), j + 1],
        () => [i, j + cross(a, d)],
      ];
      for (const [from, to] of SEGMENTS[kind]) {
        path.moveTo(...sides[from]());
        path.lineTo(...sides[to]());
      }
    }
  }
  return path;
}

const SEGMENTS = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[0, 2]], [[0, 1], [2, 3]], [[1, 2]], [[1, 3]], [[0, 1]], [[3, 0]], [],
];

// The field as a picture of one colour, thicker where it is higher.
export function picture({ grid, columns, rows }, [red, green, blue], alphaOf) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < grid.length; i++) image.data.set([red, green, blue, 255 * alphaOf(grid[i])], 4 * i);
  context.putImageData(image, 0, 0);
  return canvas;
}
