// The points file (marketplace.discovery.sound_map): where each song lies, 0 to 1 across the map, y downward.
const NOWHERE = 65535;
const HEAD_BYTES = 36;

export function parse(buffer) {
  const head = new DataView(buffer);
  const text = new TextDecoder("ascii").decode(new Uint8Array(buffer, 0, 16));
  if (!text.startsWith("RMAP")) throw new Error("no points");
  const n = head.getUint32(16, true);
  const across = new Uint16Array(buffer.slice(HEAD_BYTES, HEAD_BYTES + 4 * n));
  const x = new Float32Array(n);
  const y = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const off = across[i] === NOWHERE;
    x[i] = off ? NaN : across[i] / (NOWHERE - 1);
    y[i] = off ? NaN : 1 - across[n + i] / (NOWHERE - 1);
  }
  return {
    name: text.slice(4),
    n,
    x,
    y,
    region: new Uint8Array(buffer, HEAD_BYTES + 4 * n, n),
    aspect: head.getFloat32(28, true) / head.getFloat32(32, true),
  };
}

// The song nearest to a place on the screen, at most `reach` pixels off; -1 for none. 100,000 songs
// take a fifth of a millisecond to look through: no index is worth its bytes.
export function nearest(points, view, px, py, reach, skip = -1) {
  let best = -1;
  let least = reach * reach;
  const { ax, bx, ay, by } = view.line();
  for (let i = 0; i < points.n; i++) {
    const dx = ax * points.x[i] + bx - px;
    const dy = ay * points.y[i] + by - py;
    const far = dx * dx + dy * dy;
    if (far < least && i !== skip) {
      best = i;
      least = far;
    }
  }
  return best;
}

// The next song from `from` in a direction: near, and not far off the way.
export function towards(points, view, from, wx, wy) {
  let best = -1;
  let least = Infinity;
  const { ax, ay } = view.line();
  for (let i = 0; i < points.n; i++) {
    const dx = ax * (points.x[i] - points.x[from]);
    const dy = ay * (points.y[i] - points.y[from]);
    const along = dx * wx + dy * wy;
    if (!(along > 0.5)) continue;
    const aside = Math.abs(dx * wy - dy * wx);
    if (aside > 3 * along) continue;
    const cost = along + 2 * aside;
    if (cost < least) {
      best = i;
      least = cost;
    }
  }
  return best;
}
