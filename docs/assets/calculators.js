/* The calculators: forms whose values live in the address of the page.

   Without scripts the formulas and the functions are there to read. */
(function () {
  "use strict";

  const { read } = calculations;
  const { make, CALCULATORS } = answers;
  const PAUSE = 400; // milliseconds without a key, until a fault is named

  class Calculator {
    constructor(mount) {
      this.id = mount.dataset.calculator;
      this.kind = CALCULATORS[this.id];
      this.inputs = {};
      this.faults = {};
      this.edited = ""; // the field whose editing has its entry in the history
      this.pause = 0;
      const fields = this.kind.fields.map((field) => this.field(field));
      const ids = Object.values(this.inputs).map((input) => input.id);
      this.answer = make("output", { for: ids.join(" ") });
      this.table = make("div", { class: "calculator__table", tabindex: "0" }); // scrolls
      this.table.hidden = !this.kind.rows;
      this.figures = Object.entries(this.kind.drawn).map(([caption, draw]) => {
        const figure = make("figure", {}, make("figcaption", {}, caption));
        return { figure, draw };
      });
      const button = make("button", { type: "button", "aria-live": "polite" }, "Copy link");
      button.addEventListener("click", () => this.copy(button));
      const form = make(
        "form",
        { "aria-labelledby": this.id, novalidate: "" },
        make("div", { class: "calculator__fields" }, ...fields),
        this.answer,
        this.table,
        ...this.figures.map(({ figure }) => figure),
        button,
      );
      form.addEventListener("submit", (event) => event.preventDefault());
      mount.replaceChildren(form);
      this.restore();
      new ResizeObserver(() => this.paint()).observe(mount);
    }

    field({ name, label, unit = "", choices }) {
      const id = `${this.id}.${name}`;
      const input = choices
        ? make("select", { id })
        : make("input", { id, inputmode: "decimal", autocomplete: "off" });
      input.setAttribute("aria-describedby", `${id}.fault`);
      for (const [value, text] of Object.entries(choices ?? {})) {
        input.append(make("option", { value }, text));
      }
      input.addEventListener("input", () => {
        this.show({ typing: true });
        clearTimeout(this.pause);
        this.pause = setTimeout(() => this.settle(name), PAUSE);
      });
      input.addEventListener("change", () => {
        this.settle(name);
        this.edited = "";
      });
      this.inputs[name] = input;
      this.faults[name] = make("p", { id: `${id}.fault`, role: "alert" });
      return make(
        "div",
        { class: "calculator__field" },
        make("label", { for: id }, label),
        make("span", {}, input, unit),
        this.faults[name],
      );
    }

    /* Read every field: values and results, or the refusals by field. */
    understand() {
      const inputs = Object.entries(this.inputs);
      const values = Object.fromEntries(inputs.map(([name, { value }]) => [name, value]));
      const typed = { ...values };
      const refused = {};
      const attempt = (step) => {
        try {
          step();
        } catch (refusal) {
          refused[refusal.field] = refusal.message;
        }
      };
      for (const { name, limit, choices } of this.kind.fields) {
        const named = typeof limit === "function" ? limit(typed) : limit;
        attempt(() => choices || (values[name] = read(name, typed[name], named)));
      }
      let results = null;
      if (Object.keys(refused).length === 0) {
        attempt(() => (results = this.kind.compute(values)));
      }
      return { refused, values, results };
    }

    /* Show results at once, and a fault when the typing has paused. */
    show({ typing }) {
      const { refused, values, results } = this.understand();
      for (const [name, input] of Object.entries(this.inputs)) {
        const message = refused[name] ?? "";
        const fault = this.faults[name];
        if (message === "" || !typing) {
          fault.textContent = message;
          input.setAttribute("aria-invalid", message !== "");
        }
      }
      this.shown = results && [results, values];
      this.answer.replaceChildren(...(results ? this.kind.answer(results, values) : ["–"]));
      this.table.replaceChildren(...(results && this.kind.rows ? [this.tabulate()] : []));
      this.paint();
    }

    tabulate() {
      const head = this.kind.head.map((text) => make("th", { scope: "col" }, text));
      const rows = this.kind.rows(...this.shown).map(([name, ...cells]) => {
        const columns = cells.map((cell) => make("td", {}, cell));
        return make("tr", {}, make("th", { scope: "row" }, name), ...columns);
      });
      return make(
        "table",
        { class: "calculator__results" },
        make("thead", {}, make("tr", {}, ...head)),
        make("tbody", {}, ...rows),
      );
    }

    /* Draw in the width that there is; the observer calls again when it changes. */
    paint() {
      const width = this.answer.clientWidth;
      for (const { figure, draw } of this.figures) {
        const drawing = this.shown && width > 0 && draw(...this.shown, width);
        figure.querySelector("svg")?.remove();
        figure.hidden = !drawing;
        if (drawing) {
          figure.prepend(drawing);
        }
      }
    }

    /* Put the values into an address. */
    address(href) {
      const url = new URL(href);
      for (const [name, input] of Object.entries(this.inputs)) {
        url.searchParams.set(`${this.id}.${name}`, input.value);
      }
      return url;
    }

    /* Name the faults, and keep the values: one entry for each edit of a field. */
    settle(name) {
      clearTimeout(this.pause);
      this.show({ typing: false });
      const url = this.address(location.href);
      if (url.href !== location.href) {
        const how = this.edited === name ? "replaceState" : "pushState";
        history[how](null, "", url);
        this.edited = name;
      }
    }

    restore() {
      const query = new URLSearchParams(location.search);
      for (const { name, first, choices } of this.kind.fields) {
        const value = query.get(`${this.id}.${name}`) ?? first;
        this.inputs[name].value = choices && !Object.hasOwn(choices, value) ? first : value;
      }
      clearTimeout(this.pause);
      this.edited = "";
      this.show({ typing: false });
    }

    /* Copy the address of this calculation alone. */
    async copy(button) {
      const url = new URL(location.href);
      url.search = "";
      url.hash = this.id;
      try {
        await navigator.clipboard.writeText(this.address(url).href);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Copy it from the address bar";
      }
      setTimeout(() => (button.textContent = "Copy link"), 2000);
    }
  }

  const mounts = document.querySelectorAll("[data-calculator]");
  const calculators = Array.from(mounts, (mount) => new Calculator(mount));
  addEventListener("popstate", () => calculators.forEach((each) => each.restore()));
})();
