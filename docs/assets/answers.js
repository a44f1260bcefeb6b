/* What each calculator asks, and how it says what it found. */
const answers = (function () {
  "use strict";

  const { WINDOWS, ALERTS } = calculations;
  const { count, percent, times, span } = pictures;

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  function bold(text) {
    return make("strong", {}, text);
  }

  /* A result as people read it, and as a test does. */
  function told(results, key, say = count) {
    const value = results[key] ?? "";
    return make("data", { "data-key": key, value }, value === "" ? "–" : say(value));
  }

  const CALCULATORS = {
    "error-budget": {
      fields: [
        { name: "slo", label: "Objective", unit: "%", first: "99.9", limit: "slo" },
        { name: "rate", label: "Requests a second", first: "", limit: "rate" },
      ],
      compute: calculations.errorBudget,
      answer(results, { rate }) {
        const time = bold(span(results["outage 30 days"]));
        const requests = () => bold(count(results["failures 30 days"]));
        const failing = rate ? [", or ", requests(), " requests that fail"] : [];
        return ["In 30 days: ", time, " of full outage", ...failing, "."];
      },
      head: ["Window", "Full outage", "Requests that may fail"],
      rows: (results) =>
        Object.keys(WINDOWS).map((name) => [
          name,
          told(results, `outage ${name}`, span),
          told(results, `failures ${name}`),
        ]),
      drawn: {},
    },

    "burn-rate": {
      fields: [
        { name: "slo", label: "Objective", unit: "%", first: "99.9", limit: "slo" },
        {
          name: "measure",
          label: "Measured as",
          first: "errors",
          choices: { errors: "errors in %", burn: "burn rate" }, // names of limits
        },
        { name: "level", label: "It is now", first: "2", limit: ({ measure }) => measure },
        { name: "days", label: "Budget for", unit: "days", first: "30", limit: "days" },
      ],
      compute: calculations.burnRate,
      answer(results, { days }) {
        const first = ALERTS.find(({ name }) => results[`after ${name}`] !== null);
        const time = () => bold(span(results[`after ${first.name}`]));
        const alert = first
          ? [`The first ${first.kind} goes out after `, time()]
          : ["No alert goes out"];
        const period = days === 1 ? "1 day" : `${days} days`;
        return [
          told(results, "errors", percent),
          " of the requests fail, which burns at ",
          told(results, "burn", times),
          results.burn < 1
            ? `: the budget would last for longer than its ${period}, namely `
            : `: the budget of ${period} is spent after `,
          make("strong", {}, told(results, "exhausted", span)),
          ". ",
          ...alert,
          ".",
        ];
      },
      head: ["Alert", "Above", "Detection time", "Budget spent", "Reset time"],
      rows: (results) =>
        ALERTS.map(({ name, short, kind }) => {
          const after = told(results, `after ${name}`, span);
          if (results[`after ${name}`] === null) {
            after.textContent = results[`possible ${name}`]
              ? `not at ${times(results.burn)}`
              : `cannot: ${times(results.most)} is the most`;
          }
          return [
            `${kind}, ${times(results[`factor ${name}`])}: ${name} and ${span(short)}`,
            told(results, `above ${name}`, percent),
            after,
            told(results, `spent ${name}`, percent),
            told(results, `ends ${name}`, span),
          ];
        }),
      drawn: {
        "The budget that is left, from the first error on.": pictures.burnDown,
        "The first alert: it fires while both windows are above its factor.":
          pictures.windows,
      },
    },

    "retry-amplification": {
      fields: [
        { name: "layers", label: "Layers that retry", first: "3", limit: "few" },
        { name: "tries", label: "Tries in each", first: "3", limit: "few" },
        { name: "share", label: "Retry budget", unit: "%", first: "10", limit: "share" },
      ],
      compute: calculations.retryAmplification,
      answer: (results, { layers }) => [
        "One request becomes ",
        bold(count(results[`layer ${layers}`])),
        " at the lowest layer and ",
        bold(count(results.all)),
        " calls in all; within the budget, ",
        bold(count(results[`held ${layers}`])),
        " and ",
        bold(count(results["all held"])),
        ".",
      ],
      head: ["Calls made by", "Without a budget", "Within the budget"],
      rows: (results, { layers }) => [
        ...Array.from({ length: layers }, (_, n) => [
          `layer ${n + 1}`,
          told(results, `layer ${n + 1}`),
          told(results, `held ${n + 1}`),
        ]),
        ["all", told(results, "all"), told(results, "all held")],
      ],
      drawn: {},
    },

    "grace-period": {
      fields: [
        { name: "preStop", label: "preStop", unit: "s", first: "5", limit: "seconds" },
        { name: "drain", label: "Drain limit", unit: "s", first: "10", limit: "seconds" },
        { name: "flush", label: "Flush limit", unit: "s", first: "5", limit: "seconds" },
        { name: "grace", label: "Grace period", unit: "s", first: "30", limit: "grace" },
      ],
      compute: calculations.gracePeriod,
      answer(results) {
        const fits = told(results, "fits", (yes) => (yes ? "It fits" : "It does not fit"));
        const spare = told(results, "spare", (seconds) => span(Math.abs(seconds)));
        const early = results.spare < 0;
        const [before, behind] = early
          ? [": SIGKILL comes ", " too early."]
          : [": ", " to spare."];
        return [bold(fits), before, spare, behind];
      },
      drawn: { "From the deletion of the pod on.": pictures.timeline },
    },
  };

  return { make, CALCULATORS };
})();
