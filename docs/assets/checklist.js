/* The checklist: ticks that stay in this browser, to copy or to download.

   Without scripts the list is there to read and to print. */
(function () {
  "use strict";

  const KEY = "proven-practice.readiness-checklist";
  const LEAST = { 1: 99.9, 2: 99, 3: 1 }; // %, as TIERS in items.py
  const TIERS = {
    1: "1: from 99.9 %, all items",
    2: "2: from 99 %",
    3: "3: every service",
  };
  const FRESH = { service: "", objective: "", tier: "1", ticked: [] };
  const FAULT = "Type a percentage above 1 and below 100, such as 99.9.";
  const COPY = "Copy as GitHub issue";
  const CLEAR = "Clear";
  const KEPT = "Ticks stay in this browser.";
  const LOST = "This browser keeps nothing: copy or download before you leave.";
  const MARKS = /[\\`*_[\]~>#]/g; // what Markdown would read

  const mount = document.querySelector("[data-checklist]");
  if (!mount) {
    return;
  }

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  /* A percentage, null where none is typed, or NaN. */
  function percentage(text) {
    const typed = text.trim().replace(/\s*%$/, "");
    if (typed === "") {
      return null;
    }
    const number = /^\d{1,2}(\.\d{1,9})?$/.test(typed) ? Number(typed) : NaN;
    return number > 1 ? number : NaN; // 0.999 is a share
  }

  function tierOf(objective) {
    return Object.keys(LEAST).find((tier) => objective >= LEAST[tier]);
  }

  /* The items, as the page has them. */

  const items = Array.from(document.querySelectorAll("li > a[data-tier]"), (link) => {
    const row = link.parentElement;
    const box = row.querySelector("input");
    const evidence = row.querySelector("em");
    const unasked = make("span", { class: "checklist__unasked" });
    const heading = row.parentElement.previousElementSibling;
    evidence.id = `${link.id}.evidence`;
    box.setAttribute("aria-labelledby", link.id);
    box.setAttribute("aria-describedby", evidence.id);
    box.autocomplete = "off"; // what was kept is in the storage
    row.append(unasked);
    return {
      id: link.id,
      title: link.textContent,
      link,
      row,
      box,
      unasked,
      heading,
      area: heading.firstChild.textContent.trim(),
      tier: Number(link.dataset.tier),
    };
  });
  const areas = new Map(items.map(({ area, heading }) => [area, heading]));
  let state = { ...FRESH };
  let cleared = null; // what Undo brings back

  /* What is kept. */

  function understood(text) {
    const found = { ...FRESH };
    const kept = JSON.parse(text ?? "{}") ?? {};
    for (const name of ["service", "objective"]) {
      if (typeof kept[name] === "string") {
        found[name] = kept[name];
      }
    }
    if (Object.hasOwn(TIERS, kept.tier)) {
      found.tier = String(kept.tier);
    }
    found.tier = tierOf(percentage(found.objective)) ?? found.tier;
    if (Array.isArray(kept.ticked)) {
      const known = new Set(items.map(({ id }) => id));
      found.ticked = kept.ticked.filter((id) => known.has(id));
    }
    return found;
  }

  function restore() {
    let text = null;
    try {
      text = localStorage.getItem(KEY);
    } catch {
      note.textContent = LOST;
    }
    try {
      state = understood(text);
    } catch {
      state = { ...FRESH }; // it was not written by this page
    }
  }

  function keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(state));
    } catch {
      note.textContent = LOST;
    }
  }

  /* The form. */

  const service = make("input", { id: "checklist.service", autocomplete: "off" });
  const objective = make("input", {
    id: "checklist.objective",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-describedby": "checklist.fault",
  });
  const fault = make("p", { id: "checklist.fault", role: "alert" });
  const tier = make("select", { id: "checklist.tier", autocomplete: "off" });
  const total = make("output", {});
  const note = make("p", { class: "checklist__note" }, KEPT);
  const buttons = {
    copy: button(COPY, copy),
    download: button("Download as JSON", download),
    clear: button(CLEAR, clear),
  };
  const spare = make("textarea", { "aria-label": "The issue, to copy by hand", readonly: "" });
  spare.hidden = true;
  const progress = Array.from(areas, ([area, heading]) => {
    const bar = make("progress", { "aria-label": area, value: 0 });
    const count = make("span", {});
    const name = make("a", { href: `#${heading.id}` }, area);
    return { area, bar, count, row: make("li", {}, name, bar, count) };
  });

  function button(label, act) {
    const node = make("button", { type: "button", "aria-live": "polite" }, label);
    node.addEventListener("click", act);
    return node;
  }

  function field(label, input, ...after) {
    const name = make("label", { for: input.id }, label);
    return make("div", { class: "checklist__field" }, name, input, ...after);
  }

  function asked(item) {
    return Number(state.tier) <= item.tier;
  }

  /* Show what is so. */
  function show() {
    const ticked = new Set(state.ticked);
    for (const item of items) {
      const is = asked(item);
      item.box.checked = ticked.has(item.id);
      item.box.disabled = !is;
      item.row.classList.toggle("checklist__row--unasked", !is);
      item.unasked.textContent = is ? "" : ` Not asked of tier ${state.tier}.`;
    }
    for (const { area, bar, count } of progress) {
      const own = items.filter((item) => item.area === area && asked(item));
      const done = own.filter(({ id }) => ticked.has(id)).length;
      bar.max = Math.max(own.length, 1);
      bar.value = done;
      count.textContent = `${done} of ${own.length}`;
    }
    const all = items.filter(asked);
    const done = all.filter(({ id }) => ticked.has(id)).length;
    total.textContent = `${done} of the ${all.length} items that are asked are ticked.`;
  }

  /* Take in what somebody did. */
  function change(changes) {
    Object.assign(state, changes);
    cleared = null;
    buttons.clear.textContent = CLEAR;
    spare.hidden = true;
    keep();
    show();
  }

  function fill() {
    service.value = state.service;
    objective.value = state.objective;
    tier.value = state.tier;
    judge();
    show();
  }

  function judge() {
    const wrong = Number.isNaN(percentage(objective.value));
    fault.textContent = wrong ? FAULT : "";
    objective.setAttribute("aria-invalid", wrong);
  }

  /* What leaves the page. */

  function escaped(text) {
    const plain = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    return plain.replace(MARKS, "\\$&");
  }

  function markdown() {
    const base = document.querySelector('link[rel="canonical"]')?.href ?? location.href;
    const name = state.service.trim();
    const of = objectiveOf() === null ? "" : `, objective ${state.objective.trim()} %`;
    const lines = [
      `# Production readiness${name && ": "}${escaped(name)}`,
      "",
      `Tier ${state.tier}${of}. ${total.textContent}`,
    ];
    for (const area of areas.keys()) {
      const own = items.filter((item) => item.area === area && asked(item));
      lines.push("", `## ${area}`, "");
      for (const { id, title, link } of own) {
        const mark = state.ticked.includes(id) ? "x" : " ";
        const address = new URL(link.getAttribute("href"), base).href;
        lines.push(`- [${mark}] [${escaped(title)}](${address})`);
      }
    }
    const others = items.filter((item) => !asked(item)).map(({ title }) => escaped(title));
    if (others.length > 0) {
      lines.push("", `Not asked of tier ${state.tier}: ${others.join("; ")}.`);
    }
    return `${lines.join("\n")}\n`;
  }

  function objectiveOf() {
    const percent = percentage(state.objective);
    return Number.isNaN(percent) ? null : percent;
  }

  function json() {
    const percent = objectiveOf();
    return {
      service: state.service.trim(),
      objective: percent === null ? null : Number((percent / 100).toPrecision(11)),
      tier: Number(state.tier),
      date: new Date().toISOString().slice(0, 10),
      items: items.map((item) => ({
        id: item.id,
        title: item.title,
        area: item.area,
        asked: asked(item),
        ticked: state.ticked.includes(item.id),
      })),
    };
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(markdown());
      buttons.copy.textContent = "Copied";
      spare.hidden = true;
    } catch {
      spare.value = markdown();
      spare.hidden = false;
      spare.focus();
      spare.select();
      buttons.copy.textContent = "Copy it from the box";
    }
    setTimeout(() => (buttons.copy.textContent = COPY), 2000);
  }

  function download() {
    const text = `${JSON.stringify(json(), null, 2)}\n`;
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const name = state.service.toLowerCase().match(/[a-z0-9]+/g) ?? [];
    make("a", { href: url, download: `${["readiness", ...name].join("-")}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  /* Clear everything, or bring back what was cleared. */
  function clear() {
    const before = cleared;
    const now = state;
    state = before ?? { ...FRESH };
    cleared = before ? null : now;
    buttons.clear.textContent = before ? CLEAR : "Undo";
    spare.hidden = true;
    keep();
    fill();
  }

  for (const item of items) {
    item.box.addEventListener("change", () => {
      const others = state.ticked.filter((id) => id !== item.id);
      change({ ticked: item.box.checked ? [...others, item.id] : others });
    });
  }
  service.addEventListener("input", () => change({ service: service.value }));
  objective.addEventListener("input", () => {
    tier.value = tierOf(percentage(objective.value)) ?? tier.value;
    if (fault.textContent !== "") {
      judge();
    }
    change({ objective: objective.value, tier: tier.value });
  });
  objective.addEventListener("change", judge); // a fault is named when the typing is over
  tier.addEventListener("input", () => {
    if (tierOf(percentage(objective.value)) !== tier.value) {
      objective.value = "";
      judge();
    }
    change({ objective: objective.value, tier: tier.value });
  });
  for (const [value, text] of Object.entries(TIERS)) {
    tier.append(make("option", { value }, text));
  }
  const form = make(
    "form",
    { "aria-label": "Your service", novalidate: "" },
    make(
      "div",
      { class: "checklist__fields" },
      field("Service", service),
      field("Availability objective, %", objective, fault),
      field("Tier", tier),
    ),
    total,
    make("ul", { class: "checklist__areas" }, ...progress.map(({ row }) => row)),
    make("div", { class: "checklist__buttons" }, ...Object.values(buttons)),
    spare,
    note,
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  restore();
  mount.replaceChildren(form);
  fill();
  addEventListener("storage", ({ key }) => {
    if (key === KEY) {
      restore(); // ticked in another tab
      fill();
    }
  });
})();
