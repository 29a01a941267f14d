// Everything works without this file. It adds progress as it happens, where the page says that something is at work.
"use strict";

const LEAST = 2000; // milliseconds between two updates that a screen reader is told of

for (const place of document.querySelectorAll("[data-live]")) follow(place);

function follow(place) {
  const source = new EventSource(place.dataset.live);
  let shown = 0, waiting = null;
  source.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    if (told.see) {
      source.close();
      location.assign(told.see);
      return;
    }
    clearTimeout(waiting);
    waiting = setTimeout(() => { shown = Date.now(); show(place, told); }, Math.max(0, LEAST - (Date.now() - shown)));
  });
  source.addEventListener("done", () => {
    source.close();
    location.reload();
  });
}

function show(place, told) {
  const bar = place.querySelector("progress"), text = place.querySelector("[data-text]"), said = place.querySelector("[data-messages]");
  if (bar && told.total) {
    bar.max = told.total;
    bar.value = told.done;
  }
  if (text && told.text) text.textContent = told.text;
  if (said && told.messages !== undefined) {
    said.textContent = told.messages;
    said.scrollTop = said.scrollHeight;
  }
}
