// The live preview of a part of a mapping: while somebody types, the rows and faults below the form are asked for anew.
// Without this file the button "Preview" gives the same part of the page.
"use strict";

const part = document.querySelector("[data-preview] form");
let waiting = 0;
let asked = 0;

part?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 300);
});

async function ask() {
  const live = document.getElementById("live");
  const turn = ++asked;
  const sent = new URLSearchParams(new FormData(part));
  sent.set("do", "preview");
  sent.delete("idempotency_key"); // each preview is another question: no earlier answer is wanted
  live?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(part.action, { method: "POST", body: sent, credentials: "same-origin", headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (turn === asked && fresh) document.getElementById("live")?.replaceWith(document.adoptNode(fresh));
  } catch {
    // the next key asks again
  } finally {
    document.getElementById("live")?.removeAttribute("aria-busy");
  }
}
