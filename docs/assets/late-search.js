/* Load neither the search worker nor its index until somebody searches.
   It must run before Material's script, which asks for both at once. */
(function () {
  "use strict";

  if (location.protocol === "file:") {
    return; // there, Material has both in scripts
  }

  const searched = new Promise(function (resolve) {
    if (new URLSearchParams(location.search).has("q")) {
      resolve();
    }
    addEventListener("focusin", function (event) {
      if (event.target.matches(".md-search__input")) {
        resolve();
      }
    });
  });

  const { open, send } = XMLHttpRequest.prototype;

  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    this.late = String(address).endsWith("/search/search_index.json");
    return open.call(this, method, address, ...rest);
  };

  XMLHttpRequest.prototype.send = function (...body) {
    if (this.late) {
      searched.then(() => send.apply(this, body));
    } else {
      send.apply(this, body);
    }
  };

  const Worker = window.Worker;

  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      this.started = searched.then(() => {
        const worker = new Worker(address);
        for (const name of ["message", "error"]) {
          worker.addEventListener(name, (event) => {
            this.dispatchEvent(new event.constructor(name, event));
          });
        }
        return worker;
      });
    }

    postMessage(message) {
      this.started.then((worker) => worker.postMessage(message));
    }
  };
})();
