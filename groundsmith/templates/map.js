"use strict";
/* The map is drawn on a canvas larger than the view; panning moves that picture, and draws anew only at its rim. */
/* `more` is what the studio adds: ids of the concepts covered and of those that the filters leave, and where a concept's page is. */
const start = (data, more) => {
  const spots = data.spots.map(([label, kind, x, y, size, group, aliases, definition, documents, mentions, passages, id], at) =>
    ({ at, id, label, kind, x, y, size, group, aliases, definition, documents, mentions, passages, links: [],
       text: [label, ...aliases].join("\n").toLowerCase() }));
  const links = data.links.map(([one, other, npmi, count]) => ({ one: spots[one], other: spots[other], npmi, count }));
  for (const link of links) { link.one.links.push(link); link.other.links.push(link); }
  const byId = (id) => document.getElementById(id);
  const canvas = byId("map"), stage = byId("stage"), input = byId("query");
  for (const id of ["stage", "side", "search"]) byId(id).hidden = false;
  const dark = matchMedia("(prefers-color-scheme: dark)"), still = matchMedia("(prefers-reduced-motion: reduce)");
  const context = canvas.getContext("2d"), picture = document.createElement("canvas"), brush = picture.getContext("2d");
  const MARGIN = 0.35, SHOWN = 40;
  let width = 1, height = 1, ratio = 1, fit = 1, waiting = 0, settling = 0;
  const view = { x: 0, y: 0, scale: 1 }, drawn = { x: 0, y: 0, scale: 0, width: 0, height: 0 };
  let chosen = null, only = null, hovered = null, flight = 0;

  /* Colours: evenly round the circle in OKLCH-like steps, equally light; the least important groups are grey. */
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let paper, ink, edge, grey, colours, heaps, tint;
  const isDark = () => document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : dark.matches;
  function theme() {
    paper = css("--paper"); ink = css("--ink"); edge = css("--edge"); grey = css("--grey") || edge;
    const hues = [184, 28, 262, 96, 328, 212, 48, 142, 286, 4, 66, 236];
    colours = data.groups.map((name, at) => at >= data.coloured || name === "not associated" && at === data.groups.length - 1
      ? grey : `hsl(${hues[at % 12]} ${isDark() ? "58% 62%" : "58% 40%"})`);
    const states = [css("--accent"), css("--missing")];
    tint = (spot) => more.covered ? states[more.covered.has(spot.id) ? 0 : 1] : colours[spot.group];
    heaps = more.covered
      ? states.map((colour, at) => [colour, spots.filter((spot) => more.covered.has(spot.id) === (at === 0))])
      : data.groups.map((name, group) => [colours[group], members[group]]);
  }

  const across = (x) => (x - view.x) * view.scale + width / 2;
  const down = (y) => (y - view.y) * view.scale + height / 2;
  const radius = (spot, scale) => Math.max(1.3, spot.size * scale * 0.85);
  const near = (spot) => chosen && (spot === chosen || chosen.links.some((link) => link.one === spot || link.other === spot));
  const stays = (spot) => !more.within || more.within.has(spot.id);
  const faint = (spot) => !stays(spot) ? true : only !== null ? spot.group !== only : chosen ? !near(spot) : false;

  function paint() {
    const w = Math.ceil(width * (1 + 2 * MARGIN)), h = Math.ceil(height * (1 + 2 * MARGIN)), scale = view.scale;
    if (picture.width !== Math.ceil(w * ratio) || picture.height !== Math.ceil(h * ratio)) {
      picture.width = Math.ceil(w * ratio); picture.height = Math.ceil(h * ratio);
    }
    Object.assign(drawn, { x: view.x, y: view.y, scale, width: w, height: h });
    brush.setTransform(ratio, 0, 0, ratio, 0, 0);
    brush.fillStyle = paper; brush.fillRect(0, 0, w, h);
    const left = (x) => (x - view.x) * scale + w / 2, top = (y) => (y - view.y) * scale + h / 2;
    const seen = (spot) => { const x = left(spot.x), y = top(spot.y); return x > -60 && y > -60 && x < w + 60 && y < h + 60; };
    const most = Math.min(links.length, 1500 + Math.round(2500 * Math.max(0, Math.log2(scale / fit))));
    const within = data.groups.map(() => []), between = [];
    for (let at = 0, count = 0; at < links.length && count < most; at++) {
      const { one, other } = links[at];
      if (!seen(one) && !seen(other)) continue;
      count++; (one.group === other.group ? within[one.group] : between).push(links[at]);
    }
    const dim = only !== null || chosen ? 0.25 : 1;
    const rule = (set, colour, alpha) => {
      brush.strokeStyle = colour; brush.globalAlpha = alpha; brush.beginPath();
      for (const { one, other } of set) { brush.moveTo(left(one.x), top(one.y)); brush.lineTo(left(other.x), top(other.y)); }
      brush.stroke();
    };
    brush.lineWidth = 0.8;
    rule(between, edge, 0.16 * dim);
    within.forEach((set, group) => { if (set.length) rule(set, colours[group], (only === group ? 0.5 : 0.42 * dim)); });
    if (chosen) {
      brush.globalAlpha = 0.8; brush.lineWidth = 1.4; brush.strokeStyle = colours[chosen.group]; brush.beginPath();
      for (const { one, other } of chosen.links) { brush.moveTo(left(one.x), top(one.y)); brush.lineTo(left(other.x), top(other.y)); }
      brush.stroke();
    }
    for (const pale of [true, false]) {
      brush.globalAlpha = pale ? 0.16 : 1;
      for (const [colour, heap] of heaps) {
        brush.fillStyle = colour; brush.beginPath();
        for (const spot of heap) {
          if (faint(spot) !== pale || !seen(spot)) continue;
          const r = radius(spot, scale), x = left(spot.x), y = top(spot.y);
          brush.moveTo(x + r, y); brush.arc(x, y, r, 0, 6.2832);
        }
        brush.fill();
      }
    }
    brush.globalAlpha = 1;
    if (chosen) {
      brush.strokeStyle = ink; brush.lineWidth = 2; brush.beginPath();
      brush.arc(left(chosen.x), top(chosen.y), radius(chosen, scale) + 3, 0, 6.2832); brush.stroke();
    }
    label(left, top, seen, w, h, scale);
  }

  function label(left, top, seen, w, h, scale) {
    const taken = new Set(), most = Math.round(w * h / 9000);
    const first = chosen ? [chosen, ...spots.filter((spot) => spot !== chosen && near(spot))] : [];
    brush.textAlign = "center"; brush.textBaseline = "top"; brush.lineJoin = "round";
    brush.strokeStyle = paper; brush.fillStyle = ink; brush.lineWidth = 3;
    let count = 0;
    for (const spot of [...first, ...spots]) {
      if (count >= most) break;
      if (!seen(spot) || faint(spot)) continue;
      const x = left(spot.x), r = radius(spot, scale), y = top(spot.y) + r + 2, size = Math.min(17, 10.5 + r * 0.3);
      const text = spot.label.length > 34 ? spot.label.slice(0, 32) + "…" : spot.label;
      const half = text.length * size * 0.27 + 4, cells = [];
      for (let cx = Math.floor((x - half) / 14); cx <= (x + half) / 14; cx++)
        for (let cy = Math.floor(y / 9); cy <= (y + size) / 9; cy++) cells.push(cx * 4096 + cy);
      if (cells.some((cell) => taken.has(cell))) continue;
      for (const cell of cells) taken.add(cell);
      brush.font = `${spot === chosen ? 700 : r > 9 ? 600 : 400} ${size}px system-ui, sans-serif`;
      brush.strokeText(text, x, y); brush.fillText(text, x, y); count++;
    }
  }

  function show() {
    waiting = 0;
    const zoomed = view.scale / drawn.scale, x = (view.x - drawn.x) * view.scale, y = (view.y - drawn.y) * view.scale;
    const w = drawn.width * zoomed, h = drawn.height * zoomed, room = (side, size) => Math.abs(side) > (size - (side === x ? width : height)) / 2;
    if (!drawn.scale || zoomed > 2.5 || room(x, w) || room(y, h)) { paint(); show(); return; }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = paper; context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, Math.round(((width - w) / 2 - x) * ratio), Math.round(((height - h) / 2 - y) * ratio), w * ratio, h * ratio);
    if (zoomed !== 1) { clearTimeout(settling); settling = setTimeout(redraw, 120); }
    if (hovered && hovered !== chosen) name(hovered);
  }
  function name(spot) {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const x = across(spot.x), y = down(spot.y) - radius(spot, view.scale) - 22, text = spot.label.slice(0, 60);
    context.font = "600 13px system-ui, sans-serif"; context.textAlign = "center"; context.textBaseline = "top";
    const half = context.measureText(text).width / 2 + 7, at = Math.max(half, Math.min(width - half, x));
    context.fillStyle = ink; context.fillRect(at - half, y - 3, 2 * half, 20);
    context.fillStyle = paper; context.fillText(text, at, y);
  }
  const ask = () => { waiting = waiting || requestAnimationFrame(show); };
  function redraw() { drawn.scale = 0; ask(); }

  function whole() {
    let [left, right, top, bottom] = [0, 1, 0, 1];
    if (spots.length) {
      const xs = spots.map((spot) => spot.x).sort((a, b) => a - b), ys = spots.map((spot) => spot.y).sort((a, b) => a - b);
      [left, right, top, bottom] = [xs[0] - 1, xs[xs.length - 1] + 1, ys[0] - 1, ys[ys.length - 1] + 1];
    }
    fit = Math.min(width / (right - left), height / (bottom - top), 60);
    return { x: (left + right) / 2, y: (top + bottom) / 2, scale: fit };
  }
  function go(goal) {
    cancelAnimationFrame(flight);
    if (still.matches) { Object.assign(view, goal); redraw(); return; }
    const from = { ...view }, start = performance.now();
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - start) / 320)), ease = t * (2 - t);
      view.scale = from.scale * Math.pow(goal.scale / from.scale, ease);
      view.x = from.x + (goal.x - from.x) * ease; view.y = from.y + (goal.y - from.y) * ease;
      if (t < 1) { ask(); flight = requestAnimationFrame(step); } else redraw();
    };
    flight = requestAnimationFrame(step);
  }
  function zoom(factor, x = width / 2, y = height / 2) {
    cancelAnimationFrame(flight);
    const scale = Math.min(Math.max(view.scale * factor, fit * 0.5), Math.max(fit * 60, 80)), real = scale / view.scale;
    view.x += (x - width / 2) / view.scale * (1 - 1 / real); view.y += (y - height / 2) / view.scale * (1 - 1 / real);
    view.scale = scale; ask();
  }
  function at(x, y) {
    let best = null, least = Infinity;
    for (const spot of spots) {
      const gap = Math.hypot(across(spot.x) - x, down(spot.y) - y) - radius(spot, view.scale);
      if (gap < 8 && gap < least && !(only !== null && spot.group !== only)) { best = spot; least = gap; }
    }
    return best;
  }

  /* All text from documents goes onto the page as text nodes, never as markup. */
  function make(tag, text, kind) {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (kind) node.className = kind;
    return node;
  }
  function line(spot, figure) {
    const item = make("li"), button = make("button"), dot = make("span", undefined, "dot");
    button.type = "button"; dot.style.background = tint(spot);
    button.append(dot, make("span", spot.label), make("span", figure, "figure"));
    button.addEventListener("click", () => choose(spot, true));
    item.append(button); return item;
  }
  function marked(text, names) {
    const node = document.createDocumentFragment(), low = text.toLowerCase();
    let from = 0;
    for (;;) {
      let first = -1, length = 0;
      for (const each of names) {
        const found = low.indexOf(each, from);
        if (found >= 0 && (first < 0 || found < first || found === first && each.length > length)) { first = found; length = each.length; }
      }
      if (first < 0 || low.length !== text.length) break;
      node.append(text.slice(from, first), make("mark", text.slice(first, first + length)));
      from = first + length;
    }
    node.append(text.slice(from)); return node;
  }
  function choose(spot, move) {
    chosen = spot; only = spot && only !== null && spot.group !== only ? null : only;
    const card = byId("card"); card.hidden = !spot; card.replaceChildren();
    list(); redraw();
    if (!spot) { if (location.hash) history.replaceState(null, "", location.pathname + location.search); return; }
    const close = make("button", "×", "close");
    close.type = "button"; close.setAttribute("aria-label", "Close"); close.addEventListener("click", () => choose(null));
    card.append(close, make("p", `${spot.kind} · ${data.groups[spot.group]}`, "small"), make("h2", spot.label));
    if (more.told) more.told(card, spot, make);
    if (spot.aliases.length) card.append(make("p", `Also: ${spot.aliases.join(", ")}`, "small"));
    if (spot.definition) card.append(make("h3", "Definition"), make("p", spot.definition));
    card.append(make("p", `In ${spot.mentions} passage${spot.mentions === 1 ? "" : "s"} of ${spot.documents} document${spot.documents === 1 ? "" : "s"}`, "small"));
    if (spot.passages.length) card.append(make("h3", "Passages"));
    const names = [spot.label, ...spot.aliases].map((each) => each.toLowerCase()).filter((each) => each.length > 1);
    for (const number of spot.passages) {
      const [source, heading, text] = data.passages[number], quote = make("blockquote");
      quote.append(marked(text, names), make("cite", heading ? `${source} › ${heading}` : source)); card.append(quote);
    }
    if (spot.links.length) {
      card.append(make("h3", "Associated with (NPMI)"));
      const order = [...spot.links].sort((a, b) => b.npmi - a.npmi).slice(0, 15), near = make("ul", undefined, "near");
      for (const link of order) near.append(line(link.one === spot ? link.other : link.one, link.npmi.toFixed(2)));
      card.append(near);
    }
    history.replaceState(null, "", "#" + encodeURIComponent(spot.label));
    byId("side").scrollTop = 0;
    if (innerWidth <= 736 && !move) card.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
    if (move) { go({ x: spot.x, y: spot.y, scale: Math.max(view.scale, Math.min(fit * 5, 40)) }); card.focus({ preventScroll: innerWidth > 736 }); }
  }
  let order = spots;
  function list() {
    const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const pool = spots.filter((spot) => stays(spot) && (only === null || spot.group === only));
    order = words.length ? pool.filter((spot) => words.every((word) => spot.text.includes(word))) : pool;
    const full = input.value.trim().toLowerCase();
    if (full) order = [...order].sort((a, b) => (b.label.toLowerCase() === full) - (a.label.toLowerCase() === full));
    const found = order.length === 1 ? "1 concept" : `${order.length.toLocaleString("en")} concepts`;
    byId("heading").textContent = words.length || more.within ? `${found} found` : only === null ? "Most important" : `Most important in ${data.groups[only]}`;
    byId("found").replaceChildren(...order.slice(0, SHOWN).map((spot) => line(spot, String(spot.mentions))));
  }
  function legend() {
    const rows = data.groups.slice(0, data.coloured).map((name, group) => {
      const item = make("li"), button = make("button"), dot = make("span", undefined, "dot");
      button.type = "button"; dot.style.background = colours[group];
      button.setAttribute("aria-pressed", String(only === group));
      button.append(dot, make("span", name), make("span", String(members[group].length), "figure"));
      button.addEventListener("click", () => { only = only === group ? null : group; choose(null); legend(); byId("groups").children[group].firstChild.focus(); });
      item.append(button); return item;
    });
    const rest = data.groups.length - rows.length;
    if (rest > 0) rows.push(make("li", `and ${rest} smaller ones in grey`, "small"));
    byId("groups").replaceChildren(...rows);
  }

  const members = data.groups.map(() => []);
  for (const spot of spots) members[spot.group].push(spot);
  let held = null, travelled = 0;
  const fingers = new Map();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId); fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    cancelAnimationFrame(flight); held = [event.offsetX, event.offsetY]; travelled = 0; canvas.classList.add("held");
  });
  canvas.addEventListener("pointermove", (event) => {
    const here = [event.offsetX, event.offsetY];
    if (!held) { const under = at(...here); if (under !== hovered) { hovered = under; canvas.style.cursor = under ? "pointer" : ""; ask(); } return; }
    if (fingers.size === 2) {
      const before = [...fingers.values()]; fingers.set(event.pointerId, here);
      const after = [...fingers.values()], gap = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
      zoom(gap(after) / Math.max(gap(before), 1), (after[0][0] + after[1][0]) / 2, (after[0][1] + after[1][1]) / 2);
      travelled = 99; return;
    }
    fingers.set(event.pointerId, here);
    view.x -= (here[0] - held[0]) / view.scale; view.y -= (here[1] - held[1]) / view.scale;
    travelled += Math.abs(here[0] - held[0]) + Math.abs(here[1] - held[1]); held = here; ask();
  });
  const release = (event) => {
    fingers.delete(event.pointerId); canvas.classList.remove("held");
    if (event.type === "pointerup" && held && travelled < 6) choose(at(event.offsetX, event.offsetY));
    held = fingers.size ? [...fingers.values()][0] : null;
  };
  canvas.addEventListener("pointerup", release); canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => { hovered = null; ask(); });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.offsetX, event.offsetY); }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = 80 / view.scale, moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (moves) { view.x += moves[0]; view.y += moves[1]; ask(); }
    else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-") zoom(1 / 1.4);
    else if (event.key === "0") go(whole());
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== input) { event.preventDefault(); input.focus(); input.select(); }
    if (event.key === "Escape") { if (event.target === input && input.value) { input.value = ""; list(); } else if (chosen) choose(null); else if (only !== null) { only = null; choose(null); legend(); } }
  });
  input.addEventListener("input", list);
  input.addEventListener("keydown", (event) => { if (event.key === "ArrowDown") { event.preventDefault(); byId("found").querySelector("button")?.focus(); } });
  byId("found").addEventListener("keydown", (event) => {
    const item = event.target.closest("li"), goal = event.key === "ArrowDown" ? item?.nextSibling : event.key === "ArrowUp" ? item?.previousSibling : null;
    if (goal) { event.preventDefault(); goal.firstChild.focus(); } else if (event.key === "ArrowUp") { event.preventDefault(); input.focus(); }
  });
  byId("search").addEventListener("submit", (event) => { event.preventDefault(); if (order.length) choose(order[0], true); });
  byId("closer").addEventListener("click", () => go({ ...view, scale: view.scale * 1.7 }));
  byId("farther").addEventListener("click", () => go({ ...view, scale: Math.max(view.scale / 1.7, fit * 0.5) }));
  byId("all").addEventListener("click", () => go(whole()));
  dark.addEventListener("change", () => { theme(); legend(); choose(chosen); });
  function resize() {
    const first = !drawn.width, box = stage.getBoundingClientRect();
    width = Math.max(box.width, 1); height = Math.max(box.height, 1); ratio = Math.min(devicePixelRatio || 1, 2);
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    const goal = whole();
    if (first) Object.assign(view, goal);
    redraw();
  }
  if (innerWidth <= 736) byId("legend").open = false;
  theme(); legend(); list(); resize();
  new ResizeObserver(resize).observe(stage);
  let wanted = "";
  try { wanted = decodeURIComponent(location.hash.slice(1)); } catch { /* an address that is no text names no concept */ }
  const named = wanted && spots.find((spot) => spot.label === wanted);
  if (named) choose(named, true);
};
const block = document.getElementById("data");
if (block) start(JSON.parse(block.textContent), {});
