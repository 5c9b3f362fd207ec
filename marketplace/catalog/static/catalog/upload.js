// The upload form: more payees, fewer payees, and how far the file has come. Everything else is htmx and HTML.

function addPayee(form) {
  const rows = form.querySelector("[data-payees]");
  const template = form.querySelector("template");
  if (rows.children.length >= Number(rows.dataset.most)) return;
  rows.append(template.content.cloneNode(true));
  rows.lastElementChild.querySelector("input").focus();
  form.querySelector("[data-add-payee]").disabled = rows.children.length >= Number(rows.dataset.most);
}

function removePayee(button, form) {
  const row = button.closest(".payee");
  (row.previousElementSibling ?? row.nextElementSibling)?.querySelector("input").focus();
  row.remove();
  form.querySelector("[data-add-payee]").disabled = false;
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function megabytes(bytes) {
  return (bytes / 1024 ** 2).toFixed(1);
}

function showProgress(form, loaded, total) {
  const box = form.querySelector("[data-sending]");
  form.sendingSince ??= performance.now();
  const seconds = (performance.now() - form.sendingSince) / 1000;
  const rate = seconds > 0.5 ? loaded / seconds : 0;
  box.hidden = false;
  box.querySelector("progress").value = loaded / total;
  box.querySelector("[data-sent]").textContent = `${megabytes(loaded)} of ${megabytes(total)} MB`;
  box.querySelector("[data-rate]").textContent =
    loaded >= total
      ? "All of it is here; it is being stored."
      : rate
        ? `${megabytes(rate)} MB a second, ${Math.ceil((total - loaded) / rate)} s left.`
        : "Sending.";
}

// "03 - Slow Glass Harbour.flac" is called Slow Glass Harbour until its artist calls it otherwise.
function nameAfter(file, title) {
  if (!file || title.value) return;
  const name = file.name.replace(/\.[^.]+$/, "").replaceAll("_", " ");
  title.value = (name.split(" - ").at(-1).replace(/^\d{1,2}[.\s]+(?=\S)/, "") || name).trim().slice(0, title.maxLength > 0 ? title.maxLength : 120);
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("form[data-upload] [name=audio]")) nameAfter(target.files[0], target.form.elements.title);
});

document.addEventListener("click", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (!form) return;
  if (event.target.closest("[data-add-payee]")) addPayee(form);
  const remove = event.target.closest("[data-remove-payee]");
  if (remove) removePayee(remove, form);
});

document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const form = target.closest?.("form[data-upload]");
  if (form && detail.lengthComputable && detail.total > 0) showProgress(form, detail.loaded, detail.total);
});
