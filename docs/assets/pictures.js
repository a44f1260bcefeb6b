/* How the calculators say a number, and what they draw: in CSS pixels, so that
   text stays as large as text. */
const pictures = (function () {
  "use strict";

  const { DAY, ALERTS } = calculations;
  const [HEIGHT, BOTTOM] = [216, 188];
  const LETTER = 7; // pixels to reckon with for a bold letter; others take less
  const SPACE = "\u00a0"; // no line ends between a number and its unit

  function count(number) {
    const digits =
      Math.abs(number) < 100
        ? { maximumSignificantDigits: 3 }
        : { maximumFractionDigits: 0 };
    return number.toLocaleString("en", digits);
  }

  function percent(number) {
    return `${count(number)}${SPACE}%`;
  }

  function times(factor) {
    return `${count(factor)}×`;
  }

  /* Say a time: to the second below a day, to the minute above. */
  function span(seconds, step = seconds < DAY ? 1 : 60) {
    if (seconds < 60) {
      return `${count(seconds)}${SPACE}s`;
    }
    if (seconds > 365000 * DAY) {
      return "over 1,000 years";
    }
    let rest = Math.round(seconds / step) * step;
    const parts = [];
    for (const [unit, size] of Object.entries({ d: DAY, h: 3600, min: 60, s: 1 })) {
      const whole = Math.floor(rest / size);
      rest -= whole * size;
      if (whole > 0) {
        parts.push(`${whole.toLocaleString("en")}${SPACE}${unit}`);
      }
    }
    return parts.join(" ");
  }

  /* Say it to the minute from an hour on. */
  function roughly(seconds) {
    return span(seconds, seconds < 3600 ? 1 : 60);
  }

  function draw(tag, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) {
      element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  function picture(width, height, label, parts) {
    const size = { viewBox: `0 0 ${width} ${height}`, width, height };
    return draw("svg", { ...size, role: "img", "aria-label": label }, ...parts);
  }

  /* Write at a point; `anchor` says which end of the text stands there. */
  function write(x, y, text, anchor = "start", kind = "") {
    return draw("text", { x, y, "text-anchor": anchor, class: kind }, text);
  }

  function line(kind, ...points) {
    const pairs = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`);
    return draw("polyline", { class: kind, points: pairs.join(" ") });
  }

  function block(kind, from, to, top, bottom) {
    const size = { x: from, width: to - from, y: top, height: bottom - top };
    return draw("rect", { class: kind, ...size });
  }

  /* Two scales, with named lines across: [height in the data, its name, its kind]. */
  function axes(width, top, end, most, marks) {
    const [left, right] = [46, width - 4];
    const x = (time) => left + (time / end) * (right - left);
    const y = (value) => BOTTOM - (value / most) * (BOTTOM - top);
    const grid = marks.flatMap(([value, name, kind]) => [
      line(kind, [left, y(value)], [right, y(value)]),
      write(left - 6, y(value) + 4, name, "end"),
    ]);
    return { x, y, grid: [...grid, write(left, BOTTOM + 20, "0")] };
  }

  /* The alerts by the time at which they go out: two of them share theirs. */
  function together(results) {
    const found = new Map();
    for (const alert of ALERTS) {
      const after = results[`after ${alert.name}`];
      if (after !== null) {
        found.set(after, [...(found.get(after) ?? []), alert]);
      }
    }
    return found;
  }

  /* The budget that is left, and when each alert goes out. */
  function burnDown(results, { days }, width) {
    const end = Math.min(results.exhausted, days * DAY);
    const left = (time) => 100 * (1 - time / results.exhausted);
    const marks = [100, 50, 0].map((share) => [share, `${share} %`, "grid"]);
    const { x, y, grid } = axes(width, 12, end, 100, marks);
    const slope = [[x(0), y(100)], [x(end), y(left(end))]];
    const parts = [
      line("area", ...slope, [x(end), y(0)], [x(0), y(0)]),
      ...grid,
      line("budget", ...slope),
      write(x(end), BOTTOM + 20, span(end), "end"),
    ];
    const told = [];
    for (const [after, alerts] of together(results)) {
      if (after < end) {
        const factors = alerts.map(({ name }) => times(results[`factor ${name}`]));
        const { kind } = alerts[0];
        const text = `${kind}, ${factors.join(" and ")}: ${roughly(after)}`;
        const [at, row] = [x(after), 30 + 20 * told.length];
        const edge = x(end) - (kind === "page" ? LETTER : 0.9 * LETTER) * text.length;
        const bend = [Math.max(at, edge - 20), row - 4];
        parts.push(
          line("leader", [at, y(left(after))], bend, [Math.max(at, edge), row - 4]),
          draw("circle", { class: kind, cx: at, cy: y(left(after)), r: 4 }),
          write(x(end), row, text, "end", kind),
        );
        told.push(text);
      }
    }
    const label = `The budget falls from 100 % to ${percent(left(end))} in ${span(end)}.`;
    const alerts = told.join(", ") || "No alert goes out";
    return picture(width, HEIGHT, `${label} ${alerts}.`, parts);
  }

  /* The burn rate in both windows of the first alert that goes out. */
  function windows(results, _typed, width) {
    const alert = ALERTS.find(({ name }) => results[`after ${name}`] !== null);
    if (!alert) {
      return null;
    }
    const { name, long, short, kind } = alert;
    const [factor, after] = [results[`factor ${name}`], results[`after ${name}`]];
    const stop = 60 * Math.ceil(Math.max(short, 1.6 * after) / 60); // of the errors
    const ends = stop + results[`ends ${name}`];
    const end = stop + 1.1 * short;
    const most = Math.min(2.2 * factor, 1.15 * results.burn);
    const marks = [[0, "0×", "grid"], [factor, times(factor), "threshold"]];
    const { x, y, grid } = axes(width, 34, end, most, marks);
    const seen = (length) =>
      Array.from({ length: 401 }, (_, n) => {
        const time = (n / 400) * end;
        const failing = Math.min(time, stop) - Math.min(Math.max(0, time - length), stop);
        return [x(time), y((results.burn * failing) / length)];
      });
    const names = [span(long), span(short)].map((text) => `${text} window`);
    const [late, far] = [x(after) > width / 2, x(stop) > 0.75 * width];
    const plot = { x: 46, y: 34, width: width - 50, height: BOTTOM - 34 };
    const inside = { ...plot, viewBox: Object.values(plot).join(" ") }; // cuts curves
    const [from, then] = width < 300 ? [4, width / 2] : [46, 186]; // the legend
    const fires = `fires: ${roughly(after)}`;
    const parts = [
      block("firing", x(after), x(ends), 34, BOTTOM),
      ...grid,
      draw("svg", inside, line("short", ...seen(short)), line("long", ...seen(long))),
      line("mark", [x(after), 34], [x(after), BOTTOM]),
      line("mark", [x(stop), BOTTOM], [x(stop), BOTTOM + 6]),
      late
        ? write(x(after) - 6, BOTTOM - 8, fires, "end", kind)
        : write(x(after) + 6, BOTTOM - 8, fires, "start", kind),
      write(x(stop), BOTTOM + 20, `errors stop: ${span(stop)}`, far ? "end" : "middle"),
      line("long", [from, 12], [from + 22, 12]),
      write(from + 28, 16, names[0]),
      line("short", [then, 12], [then + 22, 12]),
      write(then + 28, 16, names[1]),
    ];
    const label =
      `The ${names[0]} exceeds ${times(factor)} after ${span(after)}, the ${names[1]} before. ` +
      `Errors that stop after ${span(stop)} leave the ${names[1]} above it for another ` +
      `${span(ends - stop)}; then the alert ends.`;
    return picture(width, HEIGHT, label, parts);
  }

  /* preStop, drain and flush, against the grace period. */
  function timeline(results, { preStop, drain, flush, grace }, width) {
    const end = Math.max(grace, preStop + drain + flush);
    const x = (time) => 4 + (time / end) * (width - 8);
    const [parts, names] = [[], []];
    let at = 0;
    const spans = { preStop, drain, flush, spare: Math.max(0, results.spare) };
    for (const [name, seconds] of Object.entries(spans)) {
      const [from, to] = [x(at), x(at + seconds)];
      parts.push(block(name, from, to, 26, 60));
      if (to - from > LETTER * name.length + 8) {
        names.push(write((from + to) / 2, 47, name, "middle", "inside"));
      }
      at += seconds;
    }
    const anchor = (time) => (x(time) < width / 2 ? "start" : "end");
    const [term, kill] = [`SIGTERM: ${span(preStop)}`, `SIGKILL: ${span(grace)}`];
    parts.push(
      block("over", x(grace), x(end), 26, 60),
      ...names,
      line("mark", [x(preStop), 26], [x(preStop), 68]),
      write(x(preStop), 82, term, anchor(preStop)),
      line("kill", [x(grace), 20], [x(grace), 60]),
      write(x(grace), 14, kill, anchor(grace), "page"),
    );
    const steps = Object.entries({ preStop, drain, flush });
    const told = steps.map(([name, seconds]) => `${name} ${span(seconds)}`);
    return picture(width, 90, `${told.join(", ")}. ${term}. ${kill}.`, parts);
  }

  return { count, percent, times, span, burnDown, windows, timeline };
})();
