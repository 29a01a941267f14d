"use strict";
/* Adds a filter and an open-all button; the page is complete without it. */
(() => {
  const tools = document.querySelector(".tools");
  if (!tools) return;
  const field = tools.querySelector("input");
  const button = tools.querySelector("button");
  const shown = tools.querySelector("output");
  const samples = [...document.querySelectorAll(".sample")];
  const texts = samples.map((sample) => sample.textContent.toLowerCase());
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    samples.forEach((sample, at) => {
      sample.hidden = !words.every((word) => texts[at].includes(word));
      count += sample.hidden ? 0 : 1;
    });
    shown.textContent = words.length ? `${count} of ${samples.length} shown` : "";
  };
  field.addEventListener("input", filter);
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(open));
    document.querySelectorAll("details").forEach((details) => { details.open = open; });
  });
  tools.hidden = false;
})();
