// A form on its way: the pressed button says so, and it is not sent again before it is answered.

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
