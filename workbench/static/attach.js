// Files dropped on a question are sent to it, and a title is proposed from the name of a file. Both pages work without this file.
// It comes after app.js and uses its queue and its way of putting an answer in the place of a row.
"use strict";

function dropRow(event) {
  const row = event.target.closest?.("[data-answer]");
  return row?.querySelector("a[data-evidence]") && [...event.dataTransfer.types].includes("Files") ? row : null;
}

document.addEventListener("dragover", (event) => {
  const row = dropRow(event);
  if (!row) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  row.dataset.drop = "";
});

document.addEventListener("dragleave", (event) => {
  const row = event.target.closest?.("[data-drop]");
  if (row && !row.contains(event.relatedTarget)) delete row.dataset.drop;
});

document.addEventListener("drop", (event) => {
  const row = dropRow(event);
  if (!row) return;
  event.preventDefault();
  delete row.dataset.drop;
  const files = [...event.dataTransfer.files];
  const turn = (queues.get(row.id) ?? Promise.resolve()).then(() => sendFiles(row.id, files));
  queues.set(row.id, turn);
});

async function sendFiles(id, files) {
  const row = document.getElementById(id);
  const link = row?.querySelector("a[data-evidence]");
  const token = row?.querySelector("input[name=csrf_token]");
  if (!link || !token || files.length === 0) return;
  const sent = new FormData();
  sent.set("csrf_token", token.value);
  sent.set("idempotency_key", [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join("-"));
  for (const file of files) sent.append("file", file);
  row.setAttribute("aria-busy", "true");
  const saved = new URLSearchParams([...row.querySelectorAll("textarea")].map((area) => [area.name, area.defaultValue]));
  try {
    const headers = { "HX-Request": "true", "HX-Target": id, Accept: "text/html" };
    const answer = await fetch(`${link.pathname}/files`, { method: "POST", body: sent, credentials: "same-origin", headers });
    const text = await answer.text();
    if (new DOMParser().parseFromString(text, "text/html").getElementById(id)) replaceFragment(row, text, true, saved);
    else sayInstead(row, files, text);
  } catch {
    location.assign(link.href); // no network, or an answer we cannot read: the plain form says what is wrong
  } finally {
    document.getElementById(id)?.removeAttribute("aria-busy");
  }
}

// A refusal of all the files at once is a whole page; its words are told in the row, so that nothing typed is lost.
function sayInstead(row, files, text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const said = page.querySelector("main p")?.textContent ?? page.title;
  row.querySelector("[role=status]").textContent = `${files.map((file) => file.name).join(", ")}: ${said.trim()}`;
}

document.addEventListener("change", (event) => {
  const title = event.target.form?.elements.title;
  if (!event.target.matches("input[type=file]") || !title) return;
  const proposed = event.target.files.length === 1 ? event.target.files[0].name : "";
  if (title.value === "" || title.value === title.dataset.proposed) title.value = proposed;
  title.dataset.proposed = proposed;
});
