// What pages do better with JavaScript; all work without it.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const ROWS = "[data-keys] [data-row]";
const rowsOf = (list) => all("[data-row]", list);
const nearest = (rows, at) => rows[Math.min(Math.max(at, 0), rows.length - 1)];

// A refused form: the reader hears first what is wrong.
function focusErrors(within = document) {
  within.querySelector("[data-errors]")?.focus();
}

// Keyboard triage. Single keys act only while the list holds the focus (WCAG 2.1.4),
// and each of them presses something that can be seen.
function rove(list, row) {
  for (const other of rowsOf(list)) other.tabIndex = other === row ? 0 : -1;
}

function move(list, row, by) {
  const rows = rowsOf(list);
  const next = nearest(rows, rows.indexOf(row) + by);
  next?.focus();
  return next;
}

function help() {
  const dialog = document.querySelector("dialog[data-keys-help]");
  if (dialog?.open) dialog.close();
  else dialog?.showModal();
  return dialog;
}

function click(element) {
  element?.click();
  return element;
}

// A button for each key does the same to the row that was last held.
let current = null;

function pressed({ dataset: { press: key } }) {
  const list = document.querySelector("[data-keys]");
  const row = list.contains(current) ? current : key === "Enter" ? rowsOf(list)[0] : null;
  press(list, row, { key, target: row });
}

function press(list, row, { key, target }) {
  if (key === "j") return move(list, row, 1);
  if (key === "k") return move(list, row, -1);
  if (key === "?") return help();
  if (key === "Enter") return target === row && click(row?.querySelector("a[href]"));
  return row && click(all(`[data-key="${CSS.escape(key)}"]`, row).find((one) => one.checkVisibility()));
}

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (target.closest("input, select, textarea, [contenteditable]")) return;
  const list = target.closest("[data-keys]");
  if (list && press(list, target.closest("[data-row]"), event)) event.preventDefault();
  else if (event.key === "?" && target.closest("[data-keys-help]")) help();
});

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest(ROWS);
  if (!row) return;
  current = row;
  rove(row.closest("[data-keys]"), row);
});

// Buttons that need JavaScript are hidden until it runs.
let replaced = false; // by htmx: then "back" is this address again

document.addEventListener("click", async ({ target }) => {
  if (target.closest("[data-back]")) replaced ? location.reload() : history.back();
  const key = target.closest("[data-press]");
  if (key) pressed(key);
  const button = target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
  document.getElementById("said").textContent = button.dataset.copied ?? `${button.textContent} ✓`;
  button.classList.add("copied");
});

function prepare() {
  for (const list of all("[data-keys]")) {
    const rows = rowsOf(list);
    if (!rows.some((row) => row.tabIndex === 0)) rove(list, rows[0]);
  }
  for (const button of all("[data-back], [data-copy], [data-scripted]")) {
    button.hidden = "copy" in button.dataset && !navigator.clipboard;
  }
}

// htmx: a whole page (an error, a sign-in) replaces the main part, never one row;
// and what is replaced under the reader's hands keeps the focus.
let held = {};

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const focused = document.activeElement;
  const row = focused.closest(ROWS);
  held = { row, at: all(ROWS).indexOf(row), href: focused.getAttribute("href") };
  if (!/^\s*<!doctype[^]* id="main"/i.test(detail.serverResponse)) return;
  replaced = true;
  Object.assign(detail, {
    shouldSwap: true,
    target: document.getElementById("main"),
    selectOverride: "#main > *",
    swapOverride: "innerHTML show:window:top",
  });
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  prepare();
  focusErrors(target);
  if (document.activeElement !== document.body) return;
  if (held.row?.isConnected) held.row.focus();
  else if (held.row) nearest(all(ROWS), held.at)?.focus();
  else if (held.href) all("main a").find((link) => link.getAttribute("href") === held.href)?.focus();
});

// A page that refreshes itself says so when it no longer does.
function reached(yes) {
  for (const warning of all("[data-offline]")) warning.hidden = yes;
}

document.addEventListener("htmx:sendError", () => reached(false));
document.addEventListener("htmx:timeout", () => reached(false));
document.addEventListener("htmx:responseError", () => reached(false));
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => detail.xhr.status < 400 && reached(true));

// A passkey that could not be used or made: the browser's own window has closed without a word.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const warning of all("[data-no-passkey]")) warning.hidden = false;
});

prepare();
focusErrors();
