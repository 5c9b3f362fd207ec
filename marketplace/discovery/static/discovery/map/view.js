// What part of the map the canvas shows: zoom, and the place in its middle. Distances on the map may be
// stretched a little to fill the sheet; only which song is near which means something.
const MOST_STRETCHED = 1.6;
const MOST_ZOOM = 400;

export class View {
  constructor() {
    Object.assign(this, { width: 1, height: 1, zoom: 1, x: 0.5, y: 0.5, scaleX: 1, scaleY: 1, shiftY: 0 });
  }

  fit(width, height, aspect, room) {
    const wide = width - room.left - room.right;
    const high = height - room.top - room.bottom;
    const stretch = wide / high / aspect;
    const kept = Math.min(MOST_STRETCHED, Math.max(1 / MOST_STRETCHED, stretch));
    Object.assign(this, {
      width,
      height,
      scaleX: stretch > kept ? high * aspect * kept : wide,
      scaleY: stretch < kept ? wide / aspect / kept : high,
      shiftX: (room.left - room.right) / 2,
      shiftY: (room.top - room.bottom) / 2,
    });
  }

  // Screen = ax * x + bx, ay * y + by.
  line() {
    const ax = this.scaleX * this.zoom;
    const ay = this.scaleY * this.zoom;
    return { ax, ay, bx: this.width / 2 + this.shiftX - ax * this.x, by: this.height / 2 + this.shiftY - ay * this.y };
  }

  at(px, py) {
    const { ax, bx, ay, by } = this.line();
    return [(px - bx) / ax, (py - by) / ay];
  }

  pan(dx, dy) {
    const { ax, ay } = this.line();
    this.x = clamp(this.x - dx / ax, 0, 1);
    this.y = clamp(this.y - dy / ay, 0, 1);
  }

  // So that what lies under (px, py) stays there.
  zoomBy(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.at(px, py);
    this.zoom = clamp(this.zoom * factor, 1, MOST_ZOOM);
    const [nx, ny] = this.at(px, py);
    this.x = clamp(this.x + x - nx, 0, 1);
    this.y = clamp(this.y + y - ny, 0, 1);
    if (this.zoom === 1) Object.assign(this, { x: 0.5, y: 0.5 });
  }

  get place() {
    return { x: this.x, y: this.y, zoom: this.zoom };
  }
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
