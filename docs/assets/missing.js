/* A short link that is nearly right leads to the practices that are nearest. */
(function () {
  "use strict";

  const wrong = /\/p\/([^/]+)\/?$/.exec(location.pathname);
  if (wrong) {
    const list = document.getElementById("practices").href;
    location.replace(`${list}?near=${wrong[1]}`);
  }
})();
