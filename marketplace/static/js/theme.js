// Runs before the first paint: the theme kept in this browser, or the system's.
(() => {
  const root = document.documentElement;
  try {
    const kept = localStorage.getItem("theme");
    if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  } catch {} // a browser that keeps nothing: the system's
  // what the browser draws around the page is of the page's colour
  const frame = () => {
    const { theme } = root.dataset;
    for (const meta of theme ? document.querySelectorAll("meta[data-of]") : []) {
      meta.media = meta.dataset.of === theme ? "all" : "not all";
    }
  };
  frame();
  new MutationObserver(frame).observe(root, { attributeFilter: ["data-theme"] });
})();
