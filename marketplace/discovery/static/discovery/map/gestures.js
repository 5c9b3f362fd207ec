// Wheel, drag, pinch and press on the canvas, as pan, zoom, hover and press.
const STILL = 5; // pixels within which a press is no drag

export function watchGestures(canvas, act) {
  const down = new Map();
  let travelled = 0;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    if (down.size === 1) travelled = 0;
    else travelled = Infinity;
  });

  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = place(event);
    const before = down.get(event.pointerId);
    if (!before) return event.pointerType === "mouse" && act.hover(px, py);
    const [dx, dy] = [px - before[0], py - before[1]];
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const far = (x, y) => Math.max(12, Math.hypot(x - other[0], y - other[1]));
      act.pan(dx / 2, dy / 2);
      act.zoom(far(px, py) / far(...before), (px + other[0]) / 2, (py + other[1]) / 2);
    } else {
      travelled += Math.hypot(dx, dy);
      if (travelled > STILL) {
        canvas.classList.add("moving-map");
        act.pan(dx, dy);
      }
    }
    down.set(event.pointerId, [px, py]);
  });

  const end = (event) => {
    if (!down.delete(event.pointerId)) return;
    canvas.classList.remove("moving-map");
    if (event.type === "pointerup" && travelled <= STILL) act.press(...place(event), event.pointerType !== "mouse");
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => down.size || act.leave());

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 24 : 1;
      const step = event.ctrlKey ? 0.01 : 0.0016;
      act.zoom(Math.exp(-event.deltaY * lines * step), ...place(event));
    },
    { passive: false },
  );
}
