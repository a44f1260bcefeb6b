/* Filter the list of practices. Without this file the list stands in full. */
(function () {
  "use strict";

  const NEAREST = 5;
  const items = Array.from(document.querySelectorAll(".practices li"));

  /* Three letters at a time: "timout" and "timeout" share most of them. */
  function grams(text) {
    const plain = ` ${text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim()} `;
    const found = new Set();
    for (let at = 0; at + 3 <= plain.length; at += 1) {
      found.add(plain.slice(at, at + 3));
    }
    return found;
  }

  /* Dice's coefficient of two texts: 1 is the same, 0 has nothing in common. */
  function likeness(one, other) {
    const left = grams(one);
    const right = grams(other);
    const both = Array.from(left).filter((gram) => right.has(gram)).length;
    return (2 * both) / (left.size + right.size || 1);
  }

  function nearest(wanted, among) {
    const rated = among.map(function (item) {
      const words = item.dataset.words.split("|");
      const rates = words.map((word) => likeness(wanted, word));
      return { item, rate: Math.max(...rates) };
    });
    rated.sort((one, other) => other.rate - one.rate);
    return rated
      .filter((each) => each.rate > 0)
      .slice(0, NEAREST)
      .map((each) => each.item);
  }

  function has(item, wanted) {
    const words = item.dataset.words.toLowerCase();
    const each = wanted.toLowerCase().split(/\s+/);
    return each.every((word) => words.includes(word));
  }

  function choice(name, label, options) {
    const field = document.createElement("label");
    const select = document.createElement("select");
    select.name = name;
    for (const [value, text] of [["", "any"], ...options]) {
      select.append(new Option(text, value));
    }
    field.append(`${label} `, select);
    return field;
  }

  const headings = document.querySelectorAll("h2[id]:has(+ .practices)");
  const chapters = Array.from(headings, (heading) => [
    heading.id,
    heading.firstChild.textContent,
  ]);
  const form = document.createElement("form");
  const words = document.createElement("label");
  const input = document.createElement("input");
  const status = document.createElement("p");
  form.className = "practices-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Practices");
  input.type = "search";
  input.name = "words";
  words.append("Words or ID ", input);
  status.setAttribute("role", "status");
  form.append(
    words,
    choice("chapter", "Chapter", chapters),
    choice("level", "Level", [
      ["must", "Must"],
      ["should", "Should"],
      ["may", "May"],
    ]),
    choice("proof", "Proof", [
      ["tests", "tests"],
      ["sources", "sources alone"],
    ]),
    status,
  );

  const suggested = document.createElement("ul");
  suggested.className = "practices practices--nearest";
  suggested.hidden = true;

  function show(near) {
    const wanted = input.value.trim();
    const kept = ["chapter", "level", "proof"].reduce(function (left, name) {
      const value = form.elements[name].value;
      return left.filter((item) => !value || item.dataset[name] === value);
    }, items);
    const found = near ? [] : kept.filter((item) => has(item, wanted));
    const close = found.length ? [] : nearest(wanted, kept);
    for (const item of items) {
      item.hidden = !found.includes(item);
    }
    for (const list of document.querySelectorAll("ul.practices[data-list]")) {
      const empty = !list.querySelector("li:not([hidden])");
      list.hidden = empty;
      list.previousElementSibling.hidden = empty;
    }
    suggested.hidden = !close.length;
    suggested.replaceChildren(
      ...close.map(function (item) {
        const copy = item.cloneNode(true);
        copy.hidden = false;
        return copy;
      }),
    );
    status.textContent = found.length
      ? `${found.length} of ${items.length} practices.`
      : (near ? `There is no practice “${wanted}”. ` : "No practice has all of this. ") +
        (close.length ? "The nearest:" : "");
  }

  for (const list of document.querySelectorAll("ul.practices")) {
    list.dataset.list = "";
  }
  document.querySelector("h2[id]").before(form, suggested);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => show(false));

  const asked = new URLSearchParams(location.search);
  for (const name of ["words", "chapter", "level", "proof"]) {
    form.elements[name].value = asked.get(name) || "";
  }
  const near = asked.get("near");
  input.value = near || input.value;
  show(Boolean(near));
})();
