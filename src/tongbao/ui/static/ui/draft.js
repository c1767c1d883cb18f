// A form that keeps itself a while after the last key; its "save" button does the same without JavaScript.
const waiting = new Map();
let keeping = null;

async function keep(form) {
  waiting.delete(form);
  const said = form.querySelector("[data-autosaved]");
  try {
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form) });
    const kept = await answer.json();
    if (kept.version) form.elements.version.value = kept.version;
    said.textContent = kept.said;
  } catch {
    said.textContent = said.dataset.autosaved;
  }
  keeping = null;
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-autosave]");
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => (keeping = (keeping ?? Promise.resolve()).then(() => keep(form))), 2000));
});

// Sent while it is being kept: the version that comes back belongs into what is sent.
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("form[data-autosave]")) return;
  clearTimeout(waiting.get(form));
  if (!keeping) return;
  event.preventDefault();
  await keeping;
  form.requestSubmit(submitter);
});
