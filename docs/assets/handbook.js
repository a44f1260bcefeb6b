/* Copy buttons. Without this file every page still reads in full. */
(function () {
  "use strict";

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

  function addButton(parent, label, text) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async function () {
      try {
        await copy(text);
        button.textContent = "Copied";
      } catch (error) {
        button.textContent = "Copy failed: " + error.message;
      }
      setTimeout(function () {
        button.textContent = label;
      }, 2000);
    });
    parent.append(button);
  }

  const search = document.querySelector('[data-md-component="search"]');
  if (search) {
    search.setAttribute("aria-label", "Search"); // Material's dialog has no name
  }

  addEventListener("load", function () {
    for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap")) {
      wrap.tabIndex = 0; // a wide table scrolls by keyboard too
    }
  });

  for (const figure of document.querySelectorAll('.embed[data-kind="do"]')) {
    const shown = figure.querySelector("pre").textContent;
    const text = figure.dataset.copy || shown.trimEnd();
    addButton(figure.querySelector("figcaption"), "Copy", text + "\n");
  }

  for (const bar of document.querySelectorAll(".practice")) {
    const { level, link, statement } = bar.dataset;
    const comment = `**${LABELS[level]}:** ${statement}\n\n${link}\n`;
    addButton(bar, "Copy link", link);
    addButton(bar, "Copy as review comment", comment);
  }
})();
