// Lists one may put in another order: by dragging a handle (mouse, pen, finger) or, with a handle
// focused, by the up and down arrow keys. `moved(row, to)` hears of each finished move.

export function watchReorder(selector, moved) {
  let row = null;
  let from = -1;
  const rowsOf = (list) => [...list.children];

  function finish() {
    if (!row) return;
    row.classList.remove("moving");
    const to = rowsOf(row.parentElement).indexOf(row);
    if (to !== from) moved(row, to, from);
    row = null;
  }

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(`${selector} [data-handle]`);
    if (!handle || event.button) return;
    row = handle.closest("[data-ordered]");
    from = rowsOf(row.parentElement).indexOf(row);
    row.classList.add("moving");
  });
  document.addEventListener("pointermove", (event) => {
    if (!row) return;
    for (const other of rowsOf(row.parentElement)) {
      const { top, height } = other.getBoundingClientRect();
      if (other === row || event.clientY < top || event.clientY > top + height) continue;
      if (event.clientY < top + height / 2) other.before(row);
      else other.after(row);
    }
  });
  document.addEventListener("pointerup", finish);
  document.addEventListener("pointercancel", finish);

  document.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const handle = event.target.closest?.(`${selector} [data-handle]`);
    if (!by || !handle) return;
    event.preventDefault();
    row = handle.closest("[data-ordered]");
    const all = rowsOf(row.parentElement);
    from = all.indexOf(row);
    if (by < 0) all[from - 1]?.before(row);
    else all[from + 1]?.after(row);
    handle.focus();
    finish();
  });
}
