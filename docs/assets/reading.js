/* The reading paths: what was read stays in this browser, and can be taken along.

   Every page marks itself as read with the same entry (handbook.js). */
(function () {
  "use strict";

  const KEY = "proven-practice.read";
  const KEPT = "What you tick stays in this browser.";
  const LOST = "This browser keeps nothing: download before you leave.";
  const mount = document.querySelector("[data-reading]");
  const config = JSON.parse(document.getElementById("__config").textContent);
  const root = new URL(`${config.base}/`, location);

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  const note = make("p", { role: "status" }, KEPT);
  let read = {};

  /* Keep what is a page and a day, whoever wrote it. */
  function understood(text) {
    const pages = Object.entries(JSON.parse(text) ?? {});
    return Object.fromEntries(
      pages.filter(([, day]) => /^\d{4}-\d\d-\d\d$/.test(day)),
    );
  }

  function restore() {
    try {
      read = understood(localStorage.getItem(KEY) ?? "{}");
    } catch {
      read = {};
    }
  }

  function keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(read));
      note.textContent = KEPT;
    } catch {
      note.textContent = LOST;
    }
    fill();
  }

  /* The rows, as the page has them. */

  const rows = Array.from(document.querySelectorAll("a[data-minutes]"), (link, at) => {
    const box = make("input", { type: "checkbox", autocomplete: "off" });
    const list = link.closest("ul");
    const path = new URL(link.href).pathname.slice(root.pathname.length);
    link.id = `reading.${at}`;
    box.setAttribute("aria-labelledby", link.id);
    link.before(box, " ");
    list.classList.add("reading");
    return {
      box,
      link,
      list,
      page: path.replace(/index\.html$/, ""),
      minutes: Number(link.dataset.minutes),
    };
  });
  const paths = Array.from(new Set(rows.map(({ list }) => list)), (list) => {
    const left = make("p", { class: "reading__left" });
    list.before(left);
    return { left, rows: rows.filter((row) => row.list === list) };
  });

  function fill() {
    for (const row of rows) {
      row.box.checked = row.page in read;
    }
    for (const { left, rows: own } of paths) {
      const open = own.filter(({ box }) => !box.checked);
      const minutes = open.reduce((sum, row) => sum + row.minutes, 0);
      left.replaceChildren(`${own.length - open.length} of ${own.length} read`);
      if (open.length) {
        const next = make("a", { href: open[0].link.getAttribute("href") }, open[0].link.textContent);
        left.append(`, ${minutes} min. left. Next: `, next);
      }
    }
  }

  for (const { box, page } of rows) {
    box.addEventListener("change", () => {
      delete read[page];
      if (box.checked) {
        read[page] = new Date().toISOString().slice(0, 10);
      }
      keep();
    });
  }

  /* Taking it along. */

  const file = make("input", { type: "file", accept: ".json,application/json" });

  function download() {
    const blob = new Blob([JSON.stringify(read, null, 1), "\n"], {
      type: "application/json",
    });
    const link = make("a", { href: URL.createObjectURL(blob), download: "read.json" });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  file.addEventListener("change", async () => {
    try {
      read = { ...read, ...understood(await file.files[0].text()) };
      keep();
    } catch {
      note.textContent = "This is not a file that was downloaded here: nothing is changed.";
    }
    file.value = "";
  });

  const button = make("button", { type: "button" }, "Download");
  button.addEventListener("click", download);
  mount.append(
    make(
      "div",
      { class: "reading__along" },
      button,
      make("label", {}, "Bring back ", file),
    ),
    note,
  );
  addEventListener("storage", ({ key }) => {
    if (key === KEY) {
      restore(); // ticked in another tab
      fill();
    }
  });
  restore();
  fill();
})();
