"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const contestants = JSON.parse(byId("contestants").textContent);
  const list = byId("list");
  const cases = [...list.children];
  let details = null;
  let lines = [];

  // Everything that is shown comes in as text: nothing of a candidate's is ever read as HTML.
  function make(tag, options = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== null && child !== ""));
    return node;
  }

  function drawn(tag, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }

  async function unpacked() {
    const bytes = Uint8Array.from(atob(byId("packed").textContent), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  const key = (at) => make("span", { class: `key side-${at % 4}` }, contestants[at].letter);
  const folded = (title, build) => {
    const inside = make("details", {}, make("summary", {}, title));
    inside.addEventListener("toggle", () => inside.open && inside.children.length === 1 && inside.append(...build()));
    return inside;
  };

  const listed = (texts, kind) => texts.length ? make("ul", { class: kind }, ...texts.map((text) => make("li", {}, text))) : "";

  function sideOf(side, at) {
    const first = side.rows[0];
    const box = make("section", { class: `side side-${at % 4}` }, make("h5", {}, key(at), ` ${contestants[at].label}`));
    if (!first) {
      box.append(make("p", { class: "soft" }, "Not judged by this contestant."));
      return box;
    }
    if (side.rows.length > 1) box.append(make("p", { class: "soft" }, `Repeat 1 of ${side.rows.length}`));
    box.append(...shown(first));
    if (side.misses.length) box.append(make("h5", {}, "Falls short"), listed(side.misses, "bad"));
    side.rows.slice(1).forEach((row, number) => {
      box.append(folded(`Repeat ${number + 2}: ${row.rating}, ${row.status}`, () => shown(row)));
    });
    return box;
  }

  function shown(row) {
    return [
      make("p", {}, make("span", { class: "big" }, row.rating), make("span", { class: "chip status" }, row.status), " ", make("span", { class: "soft" }, row.took)),
      row.error ? make("p", { class: "bad" }, row.error) : "",
      row.flags.length ? make("p", {}, make("strong", {}, "A person should look: "), row.flags.join("; ")) : "",
      row.comment ? make("div", { class: "text comment", tabindex: "0", role: "group", "aria-label": "Comment" }, row.comment) : "",
    ].filter(Boolean);
  }

  function criteriaOf(entry, at) {
    const columns = entry.sides.map((side) => new Map((side.rows[0]?.criteria ?? []).map((each) => [each.id, each])));
    const titles = new Map(columns.flatMap((column) => [...column.values()]).map((each) => [each.id, each]));
    const head = make("tr", {}, make("th", { scope: "col" }, "Criterion"), ...columns.map((_, side) => make("th", { scope: "col" }, key(side), ` ${contestants[side].label}`)));
    const rows = [...titles].map(([id, each]) => make("tr", {},
      make("th", { scope: "row" }, each.title, each.must ? make("span", { class: "soft" }, " must-have") : ""),
      ...columns.map((column, side) => cellOf(column.get(id), side, at))));
    return make("table", { class: "criteria" }, make("thead", {}, head), make("tbody", {}, ...rows));
  }

  function cellOf(each, side, at) {
    if (!each) return make("td", { class: "soft" }, key(side), " not judged");
    const track = drawn("svg", { class: `track side-${side % 4}`, "aria-hidden": "true" });
    track.append(drawn("rect", { class: "all", width: "100%", height: "9", rx: "2" }), drawn("rect", { class: "part", width: `${100 * each.width}%`, height: "9", rx: "2" }));
    const found = each.finding === "evidenced" ? "" : `, ${each.finding}`;
    return make("td", {},
      key(side), " ", make("strong", { class: "value" }, each.points), make("span", { class: "soft" }, ` of ${each.most} points`),
      track,
      make("span", {}, each.level, make("span", { class: "soft" }, `, ${each.required} required${found}`)),
      make("p", { class: "reason" }, each.reason),
      ...each.quotes.map(([number, text]) => quoteOf(number, text, side, at)),
      ...[each.note, ...each.dropped].filter(Boolean).map((text) => make("p", { class: "reason soft" }, text)));
  }

  function quoteOf(number, text, side, at) {
    const button = make("button", { type: "button", class: `quote side-${side % 4}` }, `“${text}”`);
    button.addEventListener("click", () => {
      const marks = [...cases[at].querySelectorAll(`mark[data-quotes~="${number}"]`)];
      cases[at].querySelectorAll("mark.lit").forEach((mark) => mark.classList.remove("lit"));
      marks.forEach((mark) => mark.classList.add("lit"));
      const seen = marks.find((mark) => mark.checkVisibility?.() ?? true);
      seen?.scrollIntoView({ block: "center" });
      seen?.focus({ preventScroll: true });
    });
    return button;
  }

  function markOf(entry, text, numbers) {
    const by = new Set(numbers.flatMap((number) => entry.quotes[number].by));
    const served = [...new Set(numbers.flatMap((number) => entry.quotes[number].for))].join(", ");
    const one = by.size === 1 && contestants.length > 1 ? ` by-${[...by][0]}` : "";
    return make("mark", { class: `quoted${one}`, "data-quotes": numbers.join(" "), title: `Quoted for ${served}`, tabindex: "-1" }, text, make("span", { class: "hidden" }, ` [quoted for ${served}] `));
  }

  function materialOf(entry) {
    const box = make("div", { class: "material" });
    const apart = entry.parts.some((part) => part.source === "cv" && part.heading !== "Whole text of the CV");
    let heading = "";
    for (const part of entry.parts) {
      const text = make("p", { class: "text" }, ...part.text.map(([piece, ...numbers]) => numbers.length ? markOf(entry, piece, numbers) : piece));
      if (part.heading === "Whole text of the CV" && apart) {
        box.append(make("details", {}, make("summary", {}, part.heading), text));
        heading = "";
        continue;
      }
      if (part.heading !== heading) box.append(make("h5", {}, part.heading));
      heading = part.heading;
      box.append(text);
    }
    return box;
  }

  function exchangesOf(entry) {
    const written = (numbers) => numbers.map((number) => lines[number]).join("\n");
    return entry.sides.flatMap((side, at) => side.rows.flatMap((row, repeat) => row.exchanges.flatMap((each, call) => {
      const which = [side.rows.length > 1 ? `repeat ${repeat + 1}` : "", row.exchanges.length > 1 ? `call ${call + 1}` : ""].filter(Boolean).join(", ");
      const title = (what) => make("span", {}, key(at), ` ${what} ${contestants[at].label}${which ? `, ${which}` : ""}`);
      return [
        folded(title("Prompt of"), () => each.messages.flatMap(([role, text]) => [make("h5", {}, role), make("pre", { class: "prompt", tabindex: "0" }, written(text))])),
        folded(title("Raw reply to"), () => [make("pre", { class: "reply", tabindex: "0" }, each.reply)]),
      ];
    })));
  }

  async function fill(at) {
    const inside = cases[at].querySelector(".inside");
    if (inside.childElementCount) return;
    try {
      details ??= await unpacked();
      lines = lines.length ? lines : details.flatMap((each) => each.lines);
    } catch (error) {
      inside.replaceChildren(make("p", { class: "bad" }, `What is behind a candidate could not be unfolded: ${error.message}. A current browser is needed.`));
      return;
    }
    const entry = details[at];
    if (inside.childElementCount) return;
    const exchanges = exchangesOf(entry);
    const repeated = entry.sides.some((side) => side.rows.length > 1);
    inside.append(
      ...(entry.expected.length ? [make("h4", {}, "Expected"), listed(entry.expected, "expected")] : []),
      make("h4", {}, "Ratings"), make("div", { class: "sides" }, ...entry.sides.map(sideOf)),
      make("h4", {}, repeated ? "What each criterion gives in repeat 1" : "What each criterion gives"), criteriaOf(entry, at),
      ...(entry.parts.length ? [make("h4", {}, "What the candidate sent"), make("p", { class: "soft" }, "What was quoted is marked; a click on a quote above leads here."), materialOf(entry)] : []),
      ...(exchanges.length ? [make("h4", {}, "Prompt and reply"), ...exchanges] : []));
  }

  function open(at) {
    cases[at].hidden = false;
    cases[at].open = true;
    cases[at].scrollIntoView({ block: "start" });
    cases[at].querySelector("summary").focus({ preventScroll: true });
  }

  const orders = {
    run: (one, other) => one.dataset.at - other.dataset.at,
    name: (one, other) => one.dataset.name.localeCompare(other.dataset.name),
    change: (one, other) => other.dataset.change - one.dataset.change,
    disagreement: (one, other) => other.dataset.disagreement - one.dataset.disagreement,
    spread: (one, other) => other.dataset.spread - one.dataset.spread,
  };

  function arrange() {
    const wanted = byId("find").value.trim().toLowerCase();
    const short = byId("short").checked;
    const twins = byId("twins")?.checked;
    const shown = (each) => each.dataset.name.toLowerCase().includes(wanted) && (!short || "short" in each.dataset) && (twins || !("twin" in each.dataset));
    const order = orders[byId("sort").value];
    list.append(...[...cases].sort((one, other) => order(one, other) || orders.run(one, other)));
    for (const each of cases) each.hidden = !shown(each);
    byId("shown").textContent = `${cases.filter((each) => !each.hidden).length} of ${cases.length} shown`;
  }

  cases.forEach((each, at) => each.addEventListener("toggle", () => each.open && fill(at)));
  document.querySelectorAll(".point").forEach((point) => point.addEventListener("click", () => open(Number(point.dataset.case))));
  for (const id of ["sort", "find", "short", "twins"]) byId(id)?.addEventListener("input", arrange);
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("tools").hidden = false;
  arrange();
  const asked = /^#case-(\d+)$/.exec(location.hash);
  if (asked && cases[asked[1]]) open(Number(asked[1]));
})();
