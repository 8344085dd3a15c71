// Improvements over plain forms: a form's answer replaces only its fragment, answers save themselves, long work is polled, keys.
// Every page works without this file. Nothing here is evaluated from text and no style is set, so the strict CSP holds.
"use strict";

// A form with data-fragment="id" is sent in the background; the element of that id in the answer takes the place of ours.
// Requests of one fragment go one after another: what was chosen meanwhile is sent with the version the last answer brought.
const queues = new Map();
let replacing = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const id = form.dataset.fragment;
  if (held === form) held = null;
  const sent = new FormData(form, event.submitter);
  if (!document.getElementById(id ?? "") || [...sent.values()].some((value) => typeof value !== "string")) return;
  event.preventDefault();
  const turn = (queues.get(id) ?? Promise.resolve()).then(() => sendFragment(id, form.action, new URLSearchParams(sent)));
  queues.set(id, turn);
});

async function sendFragment(id, action, sent) {
  const form = document.querySelector(`form[data-fragment="${CSS.escape(id)}"]`);
  const target = document.getElementById(id);
  if (!form || !target) return;
  for (const name of ["csrf_token", "idempotency_key", "version"]) {
    if (form.elements[name]) sent.set(name, form.elements[name].value);
  }
  target.setAttribute("aria-busy", "true");
  try {
    const headers = { "HX-Request": "true", "HX-Target": id, Accept: "text/html" };
    const answer = await fetch(action, { method: "POST", body: sent, credentials: "same-origin", headers });
    replaceFragment(target, await answer.text(), answer.ok || answer.status === 422, sent);
  } catch {
    target.removeAttribute("aria-busy");
    form.submit(); // no network, or an answer we cannot read: the plain way says what is wrong
  }
}

function replaceFragment(target, html, usable, sent) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fresh = parsed.getElementById(target.id);
  if (!fresh || !usable) {
    // An error or a conflict is a whole page: show it as the server meant it.
    document.title = parsed.title || document.title;
    document.body.replaceWith(document.adoptNode(parsed.body));
    document.getElementById("content")?.focus();
    return;
  }
  const focus = focusKey(target);
  const open = target.querySelector("details[open]") !== null;
  const ticked = target.querySelector("[data-tick]")?.checked;
  const typed = [...target.querySelectorAll("textarea")].filter((area) => sent && area.value !== (sent.get(area.name) ?? ""));
  replacing = true; // removing a field fires its blur and change: they are not the person's
  target.replaceWith(document.adoptNode(fresh));
  replacing = false;
  if (open) fresh.querySelector("details")?.setAttribute("open", "");
  if (ticked && fresh.querySelector("[data-tick]")) fresh.querySelector("[data-tick]").checked = true;
  for (const area of typed) keepTyped(area, fresh.querySelector(`textarea[name="${CSS.escape(area.name)}"]`));
  restoreFocus(fresh, focus);
}

// Text written while the answer was on its way stays; leaving the field saves it, as always.
function keepTyped(old, area) {
  if (!area) return;
  area.value = old.value;
  area.setSelectionRange(old.selectionStart, old.selectionEnd);
  area.dataset.unsaved = "";
}

// The control that had the focus is found again by name and value, or the fragment itself takes it.
function focusKey(target) {
  const active = document.activeElement;
  if (active === target) return "self";
  return target.contains(active) ? { name: active.name, value: active.type === "radio" ? active.value : null } : null;
}

function restoreFocus(fresh, key) {
  if (key === null) return;
  const found = key === "self" ? fresh : [...fresh.querySelectorAll("input, textarea, button")].find(
    (control) => control.name === key.name && (key.value === null || control.value === key.value));
  (found ?? fresh).focus({ preventScroll: true });
}

// A note that loses the focus to a press on an answer of the same item is sent with that answer, in one go: sent alone it
// could end at the conflict page before the answer is chosen, and the choice would be lost.
let pressed = null;
let held = null;
document.addEventListener("pointerdown", (event) => { pressed = event.target.closest?.("form") ?? null; }, true);
document.addEventListener("click", () => setTimeout(() => {
  pressed = null;
  if (held?.isConnected) held.requestSubmit();
  held = null;
}));

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (replacing) return;
  delete event.target.dataset.unsaved;
  if (!form || !("autosubmit" in form.dataset) || !form.dataset.fragment) return;
  if (event.target.matches("textarea") && pressed === form) held = form;
  else form.requestSubmit();
});

document.addEventListener("focusout", (event) => {
  if (replacing || !("unsaved" in event.target.dataset)) return;
  delete event.target.dataset.unsaved;
  event.target.form?.requestSubmit();
});

// Long work: a card with data-poll asks for itself every two seconds until the attribute is gone.
async function poll() {
  for (const card of document.querySelectorAll("[data-poll]")) {
    if (document.hidden) continue;
    try {
      const answer = await fetch(card.dataset.poll, { credentials: "same-origin", headers: { "HX-Request": "true", Accept: "text/html" } });
      if (answer.ok) replaceFragment(card, await answer.text(), true, null);
    } catch { /* the next round asks again */ }
  }
  if (document.querySelector("[data-poll]")) setTimeout(poll, 2000);
}
if (document.querySelector("[data-poll]")) setTimeout(poll, 2000);

// Menus close when the focus or the pointer leaves them.
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

// Keys. Two-key sequences start with g; inside a field only Escape is heard.
const PLACES = { p: "projects", h: "start" };
const ANSWERS = ["not_checked", "conform", "partly", "minor", "major", "opportunity", "not_applicable"];
let sequence = "";

function go(place) {
  const found = place === "start" ? document.querySelector(".brand")
    : document.querySelector(`#navigation :is(a[data-place="${place}"], a[href$="/${place}"], a[href$="/${place}/"])`);
  found?.click();
}

function currentItem() {
  return document.activeElement?.closest?.("[data-answer]") ?? null;
}

function moveItem(step) {
  const items = [...document.querySelectorAll("[data-answer]")];
  if (items.length === 0) return;
  const at = items.indexOf(currentItem());
  const next = items[at === -1 ? 0 : Math.min(items.length - 1, Math.max(0, at + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "center" });
}

function answerItem(digit) {
  const choice = currentItem()?.querySelector(`input[name="state"][value="${ANSWERS[digit]}"]`);
  if (!choice || choice.checked) return;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
}

function escape(event) {
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
  if (location.hash === "#navigation") { location.hash = "content"; return; }
  if (event.target.matches("textarea, input[type=text]")) (currentItem() ?? document.body).focus();
}

const KEYS = {
  "?": () => document.getElementById("help-sheet")?.showModal(),
  j: () => moveItem(1),
  k: () => moveItem(-1),
  n: () => currentItem()?.querySelector("textarea")?.focus(),
  e: () => currentItem()?.querySelector("[data-evidence]")?.click(),
  x: () => currentItem()?.querySelector("[data-tick]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") { escape(event); return; }
  const typing = event.target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");
  if (typing || document.querySelector("dialog[open]")) return;
  if (sequence === "g" && PLACES[event.key]) { go(PLACES[event.key]); sequence = ""; return; }
  sequence = event.key === "g" ? "g" : "";
  const verb = KEYS[event.key] ?? (/^[0-6]$/.test(event.key) ? () => answerItem(Number(event.key)) : null);
  if (verb) { event.preventDefault(); verb(); }
});

document.querySelector("[data-focus]")?.focus();
