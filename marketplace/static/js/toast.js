// One message above the player, with an action or a list of them: a link {label, url}, or something done
// at once {label, run, stays}. It leaves by itself unless it needs an answer.
const SHOWN_MS = 7000;

function icon(name) {
  const sprite = document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

// A way on: a link, or something done at once, after which the message goes.
function way(action, box) {
  const control = document.createElement(action.run ? "button" : "a");
  control.textContent = action.label;
  if (!action.run) control.href = action.url;
  else control.className = "button slim";
  if (action.run) control.addEventListener("click", () => action.run(box.remove()));
  return control;
}

export function toast(text, kind = "info", action = null) {
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  const ways = [action ?? []].flat();
  const usual = ways.length > 1 ? "music" : "check"; // a choice is no success
  box.append(icon(kind === "error" || kind === "warning" ? "circle-alert" : usual), words);
  if (ways.length > 1) box.classList.add("asking");
  box.append(...ways.map((one) => way(one, box)));
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "Dismiss");
  close.append(icon("x"));
  box.append(close);
  // what was only told makes room for what is told now; what needs an answer stays
  for (const told of document.querySelectorAll("#toasts > .toast:not(:has(> :is(a, .button)))")) told.remove();
  document.getElementById("toasts").append(box);
  window.htmx?.process(box);
  if (!ways.some((one) => one.url || one.stays)) setTimeout(() => box.remove(), SHOWN_MS);
  return box;
}

// What the server told with a page goes by itself as well; errors and warnings wait to be read.
export function watchMessages() {
  const told = document.querySelectorAll("#messages > .toast:not(.error, .warning, [data-leaving])");
  for (const box of told) {
    box.dataset.leaving = "";
    setTimeout(() => box.remove(), SHOWN_MS);
  }
}

export { icon };
