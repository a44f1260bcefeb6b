/* Copy buttons. Without this file every page still reads in full. */
(function () {
  "use strict";

  const SHOWN = "\ufffc"; // stands for the block in what is copied with it

  const LABELS = {
    must: "issue (blocking)",
    should: "suggestion (non-blocking)",
    may: "thought",
  };

  function copy(text) {
    if (navigator.clipboard) {
      return navigator.clipboard.writeText(text);
    }
    const area = document.createElement("textarea"); // a page opened from a folder
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    return Promise.resolve();
  }

  const spoken = document.createElement("p"); // what a screen reader says
  spoken.className = "spoken";
  spoken.setAttribute("role", "status");

  function addButton(parent, label, text, described) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    if (described) {
      button.setAttribute("aria-describedby", described); // one of many
    }
    button.addEventListener("click", async function () {
      spoken.textContent = ""; // or the same words would not be said again
      try {
        await copy(text);
        button.textContent = "Copied";
      } catch (error) {
        button.textContent = "Copy failed: " + error.message;
      }
      spoken.textContent = button.textContent;
      setTimeout(function () {
        button.textContent = label;
      }, 2000);
    });
    parent.append(button);
  }

  /* What was read stays in this browser; the reading paths show it. */
  function addRead(facts) {
    const KEY = "proven-practice.read";
    const config = JSON.parse(document.getElementById("__config").textContent);
    const root = new URL(`${config.base}/`, location).pathname;
    const page = location.pathname.slice(root.length).replace(/index\.html$/, "");
    const button = document.createElement("button");
    let read = {};

    function show() {
      button.textContent = page in read ? `Read on ${read[page]}` : "Mark as read";
      button.setAttribute("aria-pressed", page in read);
    }

    try {
      read = JSON.parse(localStorage.getItem(KEY)) ?? {};
      button.type = "button";
      show();
      facts.prepend(button);
    } catch {
      return; // nothing is kept here, or it is not ours
    }
    button.addEventListener("click", function () {
      if (page in read) {
        delete read[page];
      } else {
        read[page] = new Date().toISOString().slice(0, 10);
      }
      localStorage.setItem(KEY, JSON.stringify(read));
      show();
    });
  }

  const search = document.querySelector('[data-md-component="search"]');
  if (search) {
    search.setAttribute("aria-label", "Search"); // Material's dialog has no name
  }

  const edit = document.querySelector(".md-content__button");
  if (edit) {
    edit.setAttribute("aria-label", edit.title); // Material's tooltip takes the title
  }

  addEventListener("load", function () {
    for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap")) {
      wrap.tabIndex = 0; // a wide table scrolls by keyboard too
    }
  });

  for (const figure of document.querySelectorAll('.embed[data-kind="do"]')) {
    const shown = figure.querySelector("pre").textContent.trimEnd();
    const text = (figure.dataset.copy || SHOWN).replace(SHOWN, () => shown);
    addButton(figure.querySelector("figcaption"), "Copy", text + "\n");
  }

  for (const bar of document.querySelectorAll(".practice")) {
    const { level, link, statement } = bar.dataset;
    const comment = `**${LABELS[level]}:** ${statement}\n\n${link}\n`;
    const rule = bar.previousElementSibling.id;
    addButton(bar, "Copy link", link, rule);
    addButton(bar, "Copy as review comment", comment, rule);
  }

  const facts = document.querySelector(".page-facts");
  if (facts) {
    addRead(facts);
  }

  if (document.querySelector(".embed, .practice")) {
    document.querySelector("article").append(spoken);
  }
})();
