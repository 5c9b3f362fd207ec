// A form on its way: the pressed button says so, and it is not sent again before it is answered.
// What was wrong with a field is said until it is changed.

const underWay = new Set();

export function watchForms() {
  // asked before htmx would keep the second one waiting for the first one's answer
  document.addEventListener("htmx:confirm", (event) => {
    if (underWay.has(event.detail.elt) && event.detail.verb !== "get") event.preventDefault();
  });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    begin(detail.elt, detail.requestConfig.triggeringEvent?.submitter);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => end(detail.elt));
  // without htmx the whole page is loaded anew; the browser's way back may show it as it was
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog") return;
    if (underWay.has(event.target)) return event.preventDefault();
    begin(event.target, event.submitter);
  });
  addEventListener("pageshow", () => [...underWay].forEach(end));
  for (const changed of ["input", "change"]) document.addEventListener(changed, ({ target }) => mended(target));
}

function begin(form, submitter) {
  if (!form.matches("form")) return;
  underWay.add(form);
  (submitter ?? form.querySelector("[type=submit]"))?.setAttribute("aria-busy", "true");
}

function end(form) {
  underWay.delete(form);
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}

function mended(control) {
  if (!control.matches("[aria-invalid]")) return;
  control.removeAttribute("aria-invalid");
  control.closest(".field")?.classList.remove("wrong");
  const told = (control.getAttribute("aria-describedby") ?? "").split(" ");
  const left = told.filter((id) => !id.endsWith("_error"));
  for (const id of told) if (!left.includes(id)) document.getElementById(id)?.remove();
  if (left.length) control.setAttribute("aria-describedby", left.join(" "));
  else control.removeAttribute("aria-describedby");
}
