// What every page does beside the player: theme, menus, dialogs, toasts, copying, charts by keyboard.
import { watchCompared } from "./compare.js";
import { watchFolds } from "./folds.js";
import { watchKept } from "./kept.js";
import { watchLeaning } from "./leaning.js";
import { watchLibrary } from "./library.js";
import { watchNavigation } from "./navigation.js";
import { askBrowserWallet, signInBrowserWallet, watchBrowserWallet } from "./own-wallet.js";
import { watchParts } from "./parts.js";
import { watchSearch } from "./search.js";
import { watchForms } from "./sending.js";
import { copied, shared } from "./sharing.js";
import { lasting } from "./stored.js";
import { watchTints } from "./tint.js";
import { watchMessages } from "./toast.js";

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  lasting.set("theme", root.dataset.theme);
}

function copy(button) {
  const { copy: value } = button.dataset;
  if (value) return copied(value, `Copied ${value}`);
  return copied(button.closest(".command").querySelector("[data-copy-text]").textContent, "Copied.");
}

function revealPassword(button) {
  const field = button.parentElement.querySelector("input");
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.textContent = shown ? "Hide" : "Show";
  button.setAttribute("aria-label", `${button.textContent} the password`);
}

const CLICKS = {
  "[data-reveal]": revealPassword,
  "[data-switch-theme]": switchTheme,
  "[data-dismiss]": (button) => button.closest(".toast").remove(),
  "[data-dialog]": (button) => document.getElementById(button.dataset.dialog).showModal(),
  "[data-close]": (button) => button.closest("dialog").close(),
  "[data-copy]": copy,
  "[data-share]": ({ dataset }) => shared(dataset.share, dataset.name),
  "[data-wallet-ask]": askBrowserWallet,
  "[data-wallet-sign]": signInBrowserWallet,
};

document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(CLICKS)) {
    const control = event.target.closest(selector);
    if (control) act(control);
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest(".menu-panel a")) menu.open = false;
  }
});

function showTable(chart) {
  const table = chart?.querySelector("details.chart-table");
  if (!table) return;
  table.open = true;
  table.querySelector(".table-wrap").focus();
}

function moveAlongChart(event, points) {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (plain && event.key.toLowerCase() === "t") return showTable(points.closest(".chart"));
  const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const all = [...points.children];
  const at = all.indexOf(document.activeElement);
  const next = Math.min(all.length - 1, Math.max(0, at + step));
  all[at]?.setAttribute("tabindex", "-1");
  all[next].setAttribute("tabindex", "0");
  all[next].focus();
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("input[data-none]") && target.value) target.removeAttribute("data-none");
});

document.addEventListener("keydown", (event) => {
  const points = event.target.closest?.("[data-points]");
  if (points) return moveAlongChart(event, points);
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  }
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("[data-search]");
    if (search) event.preventDefault();
    search?.focus();
    search?.select();
  }
});

// A row of chips runs off a phone's side: the chosen one stands in its middle.
function showChosen({ detail }) {
  for (const chip of detail.elt.querySelectorAll(".chips > [aria-current]")) {
    const [row, own] = [chip.parentElement, chip.getBoundingClientRect()];
    const box = row.getBoundingClientRect();
    row.scrollLeft += own.left - box.left - (box.width - own.width) / 2;
  }
}

document.addEventListener("htmx:load", showChosen);
watchMessages();
document.addEventListener("htmx:afterSettle", watchMessages);
watchCompared();
watchFolds();
watchKept();
watchLeaning();
watchLibrary();
watchNavigation();
watchParts();
watchForms();
watchSearch();
watchBrowserWallet();
watchTints();
