// Keys for the review; without this file the same buttons are pressed by hand. No key acts while something is typed, and all can be switched off.
"use strict";

const OFF = "groundsmith-review-keys-off";
const held = document.getElementById("keys"), box = document.getElementById("keys-on");
let on = localStorage.getItem(OFF) === null, sent = false;

if (held) {
  held.hidden = false;
  box.checked = on;
  box.addEventListener("change", () => {
    on = box.checked;
    if (on) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1");
  });
}
(document.getElementById("conflict") || document.querySelector(".problems") || document.getElementById("question-shown"))?.focus({ preventScroll: true });

for (const form of document.forms) {
  if (form.method === "post") form.addEventListener("submit", (event) => { if (sent) event.preventDefault(); sent = true; });
}
addEventListener("pageshow", () => { sent = false; });

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
  const form = event.target.closest("form");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form && event.target.matches("textarea")) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[name=choice]"));
    return;
  }
  if (event.key === "Escape") return close(event.target);
  if (!on || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const reason = open("reject") && document.querySelector(`#reject [data-number="${CSS.escape(event.key)}"]`);
  if (reason) {
    event.preventDefault();
    reason.checked = true;
    reason.form.requestSubmit(reason.form.querySelector("button[name=choice]"));
    return;
  }
  const target = /^[a-z]$/i.test(event.key) && document.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("summary")) unfold(target.parentElement); else target.click();
});

function open(name) {
  return document.getElementById(name)?.open;
}

function unfold(details) {
  for (const other of document.querySelectorAll(".decide details")) other.open = other === details;
  const first = details.querySelector("#answer, input[type=radio]");
  first.focus();
  if (first.setSelectionRange && first.value) first.setSelectionRange(first.value.length, first.value.length);
}

function close(from) {
  const details = from.closest(".decide details");
  if (!details) return;
  details.open = false;
  details.querySelector("summary").focus();
}
