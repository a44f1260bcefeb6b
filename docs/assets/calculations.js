/* What the calculators accept, and what they compute.

   The functions under snippets/slos/ accept and compute the same: one table of
   cases asks both. Shares are in percent, times in seconds. */
const calculations = (function () {
  "use strict";

  const MINUTE = 60;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  const WINDOWS = {
    "1 day": 1,
    "7 days": 7,
    "28 days": 28,
    "30 days": 30,
    "average month": 365 / 12,
    "365 days": 365,
  };
  const ALERTS = [
    { name: "1 h", share: 2, long: HOUR, short: 5 * MINUTE, kind: "page" },
    { name: "6 h", share: 5, long: 6 * HOUR, short: 30 * MINUTE, kind: "page" },
    { name: "1 d", share: 10, long: DAY, short: 2 * HOUR, kind: "ticket" },
    { name: "3 d", share: 10, long: 3 * DAY, short: 6 * HOUR, kind: "ticket" },
  ];

  const NUMBER = /^-?([0-9]+\.?[0-9]*|\.[0-9]+)$/;
  const whole = (number) => number % 1 === 0;
  const LIMITS = {
    slo: {
      fits: (n) => n > 1 && n < 100, // 0.999 is a ratio
      message: "Type a percentage above 1 and below 100, such as 99.9.",
    },
    rate: {
      optional: true,
      fits: (n) => n > 0 && n <= 1e6,
      message: "Type requests a second above 0, 1000000 at most, or nothing.",
    },
    burn: {
      fits: (n) => n > 0,
      message: "Type a burn rate above 0, such as 14.4.",
    },
    errors: {
      fits: (n) => n > 0 && n <= 100,
      message: "Type a percentage above 0, 100 at most, such as 2.",
    },
    days: {
      fits: (n) => whole(n) && n >= 1 && n <= 366,
      message: "Type whole days from 1 to 366, such as 30.",
    },
    few: {
      fits: (n) => whole(n) && n >= 1 && n <= 10,
      message: "Type a whole number from 1 to 10.",
    },
    share: {
      fits: (n) => n >= 0 && n <= 100,
      message: "Type a percentage from 0 to 100, such as 10.",
    },
    seconds: {
      fits: (n) => n >= 0 && n <= DAY,
      message: "Type seconds from 0 to 86400, such as 5.",
    },
    grace: {
      fits: (n) => whole(n) && n >= 1 && n <= DAY,
      message: "Type whole seconds from 1 to 86400, such as 30.",
    },
  };
  const TOO_FAST =
    "No more than 100 % of the requests can fail: type a lower burn rate.";

  class Refusal extends Error {
    constructor(field, message) {
      super(message);
      this.field = field;
    }
  }

  /* Give the number, null for an optional nothing, or throw a Refusal. */
  function read(field, text, limit) {
    const { optional, fits, message } = LIMITS[limit];
    const typed = text.trim();
    if (optional && typed === "") {
      return null;
    }
    const number = NUMBER.test(typed) ? Number(typed) : NaN;
    if (!fits(number)) {
      throw new Refusal(field, message);
    }
    return number;
  }

  function exact(number) {
    return Number(number.toPrecision(9)); // 1.44 / (100 - 99.9) is 14.4
  }

  function errorBudget({ slo, rate }) {
    const results = {};
    for (const [name, days] of Object.entries(WINDOWS)) {
      const outage = (1 - slo / 100) * days * DAY;
      results[`outage ${name}`] = exact(outage);
      results[`failures ${name}`] = rate && exact(outage * rate);
    }
    return results;
  }

  function burnRate({ slo, measure, level, days }) {
    const [budget, period] = [100 - slo, days * DAY];
    const most = exact(100 / budget);
    const burn = exact(measure === "burn" ? level : level / budget);
    if (burn > most) {
      throw new Refusal("level", TOO_FAST);
    }
    const results = { burn, most };
    results.errors = exact(burn * budget);
    results.exhausted = exact(period / burn);
    for (const { name, share, long, short } of ALERTS) {
      const factor = Number((((share / 100) * period) / long).toFixed(9));
      const when = (seconds) => (burn > factor ? exact(seconds) : null);
      results[`factor ${name}`] = factor;
      results[`above ${name}`] = exact(factor * budget);
      results[`possible ${name}`] = factor < most;
      results[`after ${name}`] = when((factor * long) / burn);
      results[`spent ${name}`] = when((100 * factor * long) / period);
      results[`ends ${name}`] = when(short * (1 - factor / burn));
    }
    return results;
  }

  function retryAmplification({ layers, tries, share }) {
    const held = Math.min(tries, 1 + share / 100);
    const results = { all: 0, "all held": 0 };
    for (let layer = 1; layer <= layers; layer += 1) {
      results[`layer ${layer}`] = tries ** layer;
      results[`held ${layer}`] = exact(held ** layer);
      results.all += tries ** layer;
      results["all held"] += held ** layer;
    }
    results["all held"] = exact(results["all held"]);
    return results;
  }

  function gracePeriod({ preStop, drain, flush, grace }) {
    const spare = Number((grace - preStop - drain - flush).toFixed(6));
    return { spare, fits: spare > 0 };
  }

  return {
    ...{ MINUTE, DAY, WINDOWS, ALERTS, read },
    ...{ errorBudget, burnRate, retryAmplification, gracePeriod },
  };
})();
