// "Run it here": a chapter's own program, compiled for browsers, in a worker of its page.
//
// Every `.run-here` of the page names the program's file, what it is expected to print, the parts that it
// can leave out, and the numbers and texts that a reader may change (tutorials/settings.h). The file is
// loaded when the reader asks for it, by a script element, since a page that is opened from a disk may not
// read a file in another way; a worker is made of its text. No network, no server.
"use strict";

// What runs in the worker: sends every line when it is printed, and before a title the pictures that were
// drawn above it.
function workerOf(program) {
  const seen = new Map();
  const send = (kind, value) => postMessage({ kind, value });
  const sendPictures = (files) => {
    for (const name of files.readdir("."))
      if (/\.(svg|html)$/.test(name) && seen.get(name) !== files.stat(name).size) {
        seen.set(name, files.stat(name).size);
        send("picture", { name, text: files.readFile(name, { encoding: "utf8" }) });
      }
  };
  const fail = (event) => send("failed", String(event.reason || event.message));
  addEventListener("error", fail);
  addEventListener("unhandledrejection", fail);
  onmessage = ({ data }) => {
    const page = {
      arguments: data,
      print: (line) => {
        if (line.startsWith("== ")) sendPictures(page.FS);
        send("line", line);
      },
      printErr: (line) => send("line", line),
      onExit: (status) => { sendPictures(page.FS); send("end", status); },
    };
    program(page);
  };
}

// Whether a line is what was expected, as the tests compare (tests/output_match.h): word by word, and
// numbers with a tolerance, which the expected line says at its end: ⟨±2%⟩, ⟨±0.01⟩, ⟨any⟩. Without, a
// number may be off by one in its last digit.
function sameLine(printed, expected) {
  const mark = expected.match(/ *⟨(any|±([-+.\de]+)(%?))⟩$/);
  const words = (line) => line.replace(/[[\],()=]/g, " ").split(/\s+/).filter(Boolean);
  const wanted = words(mark ? expected.slice(0, mark.index) : expected), got = words(printed);
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i;
  const sameWord = (a, b) => {
    if (a === b) return true;
    const x = a.match(number), y = b.match(number);
    if (!x || !y || a.slice(x[0].length) !== b.slice(y[0].length)) return false;
    if (mark && mark[1] === "any") return true;
    let room = 0;
    if (mark) room = mark[3] ? (Number(mark[2]) / 100) * Math.abs(y[0]) : Number(mark[2]);
    else if (/[.e]/.test(y[0])) {
      const [mantissa, exponent] = y[0].split(/e/i);
      room = 1.001 * 10 ** (Number(exponent || 0) - (mantissa.split(".")[1] || "").length);
    }
    return Math.abs(x[0] - y[0]) <= room;
  };
  return got.length === wanted.length && got.every((word, i) => sameWord(word, wanted[i]));
}

// An element of the page: make("p", { className: "note" }, "words", another element).
function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// A setting of the program: of a number a slider over its values, of a text a line to type into.
class Knob {
  constructor(name, setting, id) {
    Object.assign(this, { name, ...setting });
    this.input = this.is_text
      ? make("input", { type: "text", id, maxLength: 300, autocomplete: "off", spellcheck: false })
      : make("input", { type: "range", id, min: 0, max: this.values.length - 1, step: 1 });
    this.shown = make("output", { className: "run-value", htmlFor: id });
    this.input.addEventListener("input", () => this.show());
    const says = make("span", { className: "run-says" }, this.says);
    const label = make("label", { htmlFor: id }, make("strong", {}, name.replace(/_/g, " ")), " ", says);
    this.parts = [label, this.input, this.is_text ? this.examples() : this.shown];
    this.set(this.book);
  }

  examples() {
    const example = (text) => {
      const button = make("button", { type: "button", className: "run-example" }, text);
      button.onclick = () => { this.set(text); this.input.dispatchEvent(new Event("input", { bubbles: true })); };
      return button;
    };
    return make("div", { className: "run-examples" }, "or: ", ...this.values.map(example));
  }

  value() {
    return this.is_text ? this.input.value : this.values[this.input.value];
  }

  set(value) {
    this.input.value = this.is_text ? value : this.values.indexOf(value);
    this.show();
  }

  show() {
    if (this.is_text) return;
    this.shown.textContent = this.value();
    this.input.setAttribute("aria-valuetext", this.value());
  }

  changed() {
    return this.value() !== this.book;
  }
}

class Run {
  constructor(box) {
    this.box = box;
    this.data = JSON.parse(box.querySelector("script").textContent);
    this.button = make("button", { type: "button", className: "run-button" }, this.label());
    this.button.onclick = () => (this.worker || this.loading ? this.stop() : this.start());
    this.status = make("output", { className: "run-status" }, this.data.note);
    this.bar = make("progress", { className: "run-bar", hidden: true, ariaLabel: "lines printed" });
    this.output = make("pre", { hidden: true, tabIndex: 0, ariaLabel: "what the program prints" });
    this.output.setAttribute("role", "region");
    this.differences = make("div", { className: "run-differences" });
    this.pictures = make("div", { className: "run-pictures", hidden: true, tabIndex: 0, ariaLabel: "pictures, can be scrolled" });
    this.pictures.setAttribute("role", "region");
    const row = make("div", { className: "run-row" }, this.button, this.status, this.bar);
    box.append(row, ...this.choices(), ...this.settings(), make("div", { className: "printed" }, this.output), this.differences, this.pictures);
  }

  label() {
    const minutes = Math.round(this.data.seconds / 60);
    return this.data.seconds < 50 ? "Run it here" : `Run it here: about ${minutes > 1 ? minutes + " minutes" : "a minute"}`;
  }

  // One part of the program can be left out at a time, as with `--without`.
  choices() {
    const parts = Object.keys(this.data.expected);
    if (parts.length < 2) return [];
    const choice = (part) => {
      const radio = make("input", { type: "radio", name: "without-" + this.data.program, value: part, checked: part === "" });
      return make("label", {}, radio, " " + (part.replace(/_/g, " ") || "nothing"));
    };
    const all = make("fieldset", { className: "run-parts" }, make("legend", {}, "Leave out:"), ...parts.map(choice));
    all.addEventListener("change", () => this.part() && this.asInTheBook());
    return [all];
  }

  // A part is left out, or settings are changed: what was chosen last holds.
  settings() {
    this.knobs = Object.entries(this.data.settings).map(
      ([name, setting]) => new Knob(name, setting, `run-${name}-${this.data.program.replace(/\W/g, "")}`));
    if (!this.knobs.length) return [];
    this.reset = make("button", { type: "button", className: "run-example", hidden: true }, "as in the book");
    this.reset.onclick = () => this.asInTheBook();
    const all = make("fieldset", { className: "run-settings" }, make("legend", {}, "Change: "));
    for (const knob of this.knobs) all.append(make("div", { className: "run-setting" }, ...knob.parts));
    all.append(this.reset);
    all.addEventListener("input", () => {
      this.reset.hidden = !this.changed();
      const nothing = this.box.querySelector("input[type=radio][value='']");
      if (nothing && this.changed()) nothing.checked = true;
    });
    return [all];
  }

  asInTheBook() {
    for (const knob of this.knobs) knob.set(knob.book);
    if (this.reset) this.reset.hidden = true;
  }

  changed() {
    return this.knobs.some((knob) => knob.changed());
  }

  // What the program is told, as somebody would type it.
  wishes() {
    if (this.part()) return ["--without", this.part()];
    return this.knobs.filter((knob) => knob.changed()).flatMap((knob) => ["--with", `${knob.name}=${knob.value()}`]);
  }

  part() {
    const chosen = this.box.querySelector("input[type=radio]:checked");
    return chosen ? chosen.value : "";
  }

  start() {
    this.told = this.wishes();
    // What the book prints; with other settings than its own there is nothing to compare with.
    this.expected = this.changed() ? null : this.data.expected[this.part()].replace(/\n$/, "").split("\n");
    this.lines = [];
    this.wrong = [];
    for (const place of [this.output, this.differences, this.pictures]) place.replaceChildren();
    this.pictures.hidden = true;
    this.output.hidden = false;
    this.bar.hidden = false;
    if (this.expected) Object.assign(this.bar, { value: 0, max: this.expected.length });
    else this.bar.removeAttribute("value");
    this.button.textContent = "Stop";
    this.begin = performance.now();
    this.clock = setInterval(() => this.tell(this.loading ? "loading the program" : "running"), 100);
    this.loading = make("script", { src: this.data.program });
    this.loading.onload = () => this.run(lecternProgram);
    this.loading.onerror = () => this.end("The program is not beside this page.");
    document.head.append(this.loading);
  }

  run(program) {
    this.loading.remove();
    this.loading = null;
    const text = `(${workerOf})(${program});`;
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    this.worker = new Worker(address);
    URL.revokeObjectURL(address);
    this.worker.onmessage = ({ data }) => this[data.kind](data.value);
    this.worker.onerror = (event) => this.failed(event.message);
    this.worker.postMessage(this.told);
  }

  seconds() {
    return ((performance.now() - this.begin) / 1000).toFixed(1) + " s";
  }

  tell(what) {
    const of = this.expected ? ` of ${this.expected.length}` : "";
    const at = this.lines.length ? `, line ${this.lines.length}${of}` : "";
    this.status.textContent = `${what}, ${this.seconds()}${at}`;
  }

  line(text) {
    const expected = this.expected ? this.expected[this.lines.length] : text;
    const same = expected !== undefined && (!this.expected || sameLine(text, expected));
    this.lines.push(text);
    const end = this.output.scrollTop + this.output.clientHeight > this.output.scrollHeight - 8;
    this.output.append(make("span", { className: same ? "" : "differs" }, text), "\n");
    if (end) this.output.scrollTop = this.output.scrollHeight;
    if (!same) this.wrong.push([this.lines.length, text, expected]);
    if (this.expected) this.bar.value = this.lines.length;
  }

  // The picture follows the page's choice of light and dark, as those of the book do.
  picture({ name, text }) {
    this.pictures.hidden = false;
    const theme = document.body.dataset.theme;
    if (theme === "light" || theme === "dark")
      text = text.replace(/\(prefers-color-scheme: ?dark\)/g, theme === "dark" ? "(min-width:0)" : "(max-width:0)");
    if (/\.html$/.test(name))
      return this.pictures.append(make("iframe", { title: name, srcdoc: text, sandbox: "allow-scripts" }));
    const said = text.match(/aria-label="([^"]*)"/);
    const image = make("img", { src: "data:image/svg+xml," + encodeURIComponent(text), alt: said ? said[1] : name });
    const shown = make("figure", {}, image, make("figcaption", {}, name));
    const before = [...this.pictures.children].find((each) => each.textContent === name);
    if (before) before.replaceWith(shown);
    else this.pictures.append(shown);
  }

  failed(message) {
    this.end(`The program ended with an error after ${this.seconds()}: ${message}`);
  }

  stop() {
    this.end(`Stopped after ${this.seconds()}.`);
  }

  // `end` of the worker brings the program's exit status, `end` of the page a sentence.
  end(how) {
    clearInterval(this.clock);
    if (this.worker) this.worker.terminate();
    if (this.loading) this.loading.remove();
    this.worker = this.loading = null;
    this.bar.hidden = true;
    this.button.textContent = "Run it again";
    if (typeof how === "string") this.status.textContent = how;
    else if (how) this.status.textContent = `The program ended with status ${how} after ${this.seconds()}.`;
    else this.judge();
    this.box.dataset.state = typeof how === "string" || how ? "stopped" : "done";
  }

  judge() {
    if (!this.expected) {
      this.status.textContent = `Done in ${this.seconds()}, with other settings than the book's: its lines are not compared.`;
      return;
    }
    for (const missing of this.expected.slice(this.lines.length)) this.wrong.push([0, "(nothing)", missing]);
    const lines = this.wrong.length;
    const as = lines ? `${lines} line${lines > 1 ? "s are" : " is"} not as printed in the book, and marked.` : "Every line is as printed in the book.";
    this.status.textContent = `Done in ${this.seconds()}. ${as}`;
    if (!lines) return;
    const rows = this.wrong.slice(0, 20).map(([number, text, expected]) =>
      `${number ? "line " + number : "missing"}\n  here: ${text}\n  book: ${expected === undefined ? "(nothing)" : expected.replace(/ *⟨[^⟩]*⟩$/, "")}`);
    const list = make("details", {}, make("summary", {}, "What is different"), make("pre", { tabIndex: 0 }, rows.join("\n")));
    this.differences.append(list);
  }
}

for (const box of document.querySelectorAll(".run-here")) new Run(box);
