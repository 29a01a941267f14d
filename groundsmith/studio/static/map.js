// The concept map in the studio: fetches what is drawn, colours it by coverage, and gathers concepts for a run.
"use strict";

const stage = document.getElementById("stage"), words = stage.dataset;

const load = async (href) => {
  const answer = await fetch(href, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

Promise.all([load(words.map), load(words.state)])
  .then(([data, state]) => {
    document.getElementById("waiting").hidden = true;
    document.getElementById("as-list").hidden = true;
    const covered = new Set(state.covered);
    start(data, {
      covered: words.colour === "coverage" ? covered : null,
      within: state.within && new Set(state.within),
      told: (card, spot, make) => tell(card, spot, make, covered),
    });
  })
  .catch((error) => { document.getElementById("waiting").textContent = `${words.failed} (${error.message})`; });

const picked = new Map();

/* What the studio adds to a concept's card: its page, whether rows cover it, and a button that marks it for a run. */
function tell(card, spot, make, covered) {
  const line = make("p"), page = make("a", words.about), mark = make("button", picked.has(spot.id) ? words.unpick : words.pick);
  page.href = words.concepts + encodeURIComponent(spot.id);
  mark.type = "button";
  mark.addEventListener("click", () => {
    if (!picked.delete(spot.id)) picked.set(spot.id, spot.label);
    mark.textContent = picked.has(spot.id) ? words.unpick : words.pick;
    gather(make);
  });
  line.append(page, " · ", covered.has(spot.id) ? words.covered : words.missing);
  card.append(line, mark);
}

function gather(make) {
  const form = document.getElementById("picked"), list = document.getElementById("picked-list");
  form.hidden = !picked.size;
  list.replaceChildren(...[...picked].map(([id, label]) => {
    const item = make("li", label), field = make("input");
    field.type = "hidden"; field.name = "concept"; field.value = id;
    item.append(field);
    return item;
  }));
}
