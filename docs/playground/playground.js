// The playground: a translator that learns in this page, by the library's own code in a worker.
"use strict";

// What runs in the worker: hands the page's wishes to the program, with the files that go along.
function workerOf(program) {
  const waiting = [];
  let ask = null;
  const page = {
    arguments: [],
    print: () => {},
    printErr: () => {},
    onRuntimeInitialized: () => {
      ask = page.cwrap("lectern_answer", "string", ["string"]);
      waiting.splice(0).forEach(handle);
    },
  };
  const handle = ({ id, wish, file }) => {
    if (file) page.FS.writeFile(wish.checkpoint, file);
    const reply = JSON.parse(ask(JSON.stringify(wish)));
    if (reply.checkpoint) reply.file = page.FS.readFile(reply.checkpoint);
    postMessage({ id, reply });
  };
  onmessage = ({ data }) => (ask ? handle(data) : waiting.push(data));
  program(page);
}

const $ = (id) => document.getElementById("playground-" + id);

// An element of the page: make("p", { className: "note" }, "words", another element).
function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// Elements with blanks between them, for whoever reads the page as a text.
const apart = (elements) => elements.flatMap((each) => [each, " "]);

// The program in its worker; `ask` answers with a promise.
class Program {
  constructor(source) {
    const address = URL.createObjectURL(new Blob([`(${workerOf})(${source});`], { type: "text/javascript" }));
    this.worker = new Worker(address);
    URL.revokeObjectURL(address);
    this.asked = new Map();
    this.count = 0;
    this.worker.onmessage = ({ data }) => {
      this.asked.get(data.id)(data.reply);
      this.asked.delete(data.id);
    };
    this.worker.onerror = (event) => {
      for (const answer of this.asked.values()) answer({ error: event.message });
      this.asked.clear();
    };
  }

  ask(wish, file) {
    return new Promise((answer) => {
      this.asked.set(++this.count, answer);
      this.worker.postMessage({ id: this.count, wish, file });
    });
  }

  static load() {
    if (!Program.loaded)
      Program.loaded = new Promise((done, fail) => {
        const script = make("script", { src: Program.file });
        script.onload = () => done(new Program(lecternProgram));
        script.onerror = () => fail(new Error("This copy of the book was made without the program; `cmake --build --preset web` compiles it."));
        document.head.append(script);
      });
    return Program.loaded;
  }
}
Program.file = new URL("playground_program.js", document.currentScript.src).href;

// Runs of this reader, the one that is trained last; kept from one visit to the next.
class Runs {
  constructor() {
    try {
      this.list = JSON.parse(localStorage.getItem("lectern-runs")) || [];
    } catch {
      this.list = [];
    }
  }
  keep() {
    this.list.splice(0, this.list.length - 12);
    localStorage.setItem("lectern-runs", JSON.stringify(this.list));
  }
  get last() {
    return this.list[this.list.length - 1];
  }
}

// The checkpoint that a closed page goes on from, in the browser's own storage.
const storage = {
  open: () => new Promise((done, fail) => {
    const request = indexedDB.open("lectern-playground", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("files");
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  }),
  async act(mode, action) {
    const files = (await storage.open()).transaction("files", mode).objectStore("files");
    const request = action(files);
    return new Promise((done, fail) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  },
  write: (file) => storage.act("readwrite", (files) => files.put(file, "checkpoint")),
  read: () => storage.act("readonly", (files) => files.get("checkpoint")),
};

const colours = ["var(--axis-1)", "var(--axis-2)", "var(--axis-3)", "var(--axis-4)", "var(--axis-5)", "var(--axis-6)"];
const runs = new Runs();
let chosen = { ...ordinary };
let training = false, wanted = "", watched = null;

// What differs from the ordinary settings, as the address says it: #model.nhead=1&train.seed=7
function readAddress() {
  chosen = { ...ordinary };
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
    const row = settings.find((each) => each.key === key);
    if (!row) continue;
    const offered = row.choices ? row.choices.find((each) => String(each) === value) : Number(value);
    if (offered !== undefined && !Number.isNaN(offered)) chosen[key] = offered;
  }
}
function differences(of) {
  return settings.filter(({ key }) => of[key] !== ordinary[key]).map(({ key }) => [key, String(of[key])]);
}
function writeAddress() {
  history.replaceState(null, "", "#" + new URLSearchParams(differences(chosen)));
}

function showSettings() {
  const fields = settings.map((row) => {
    const field = row.choices
      ? make("select", {}, ...apart(row.choices.map((each) => make("option", { selected: each === chosen[row.key] }, String(each)))))
      : make("input", { type: "number", value: chosen[row.key], ...row.number });
    field.disabled = Boolean(row.only && row.only !== chosen["model.architecture"]);
    field.onchange = () => {
      chosen[row.key] = row.choices ? row.choices[field.selectedIndex] : Math.min(row.number.max, Math.max(row.number.min, Number(field.value)));
      writeAddress();
      showSettings();
    };
    return make("label", { title: row.key }, row.name + " ", field);
  });
  $("settings").replaceChildren(...apart(fields));
  $("config").textContent = configuration(chosen);
}

// Loss by step of every run, in one frame.
function showCurves() {
  const width = Math.max(300, $("curves").clientWidth), height = 220, left = 34, bottom = 22;
  const most = Math.max(100, ...runs.list.map((run) => run.steps));
  const top = Math.max(1, ...runs.list.flatMap((run) => run.curve.map(([, loss]) => loss)));
  const x = (step) => left + (step / most) * (width - left - 6);
  const y = (loss) => 6 + (1 - loss / top) * (height - bottom - 6);
  const marks = [0, 0.5, 1].map((part) => {
    const [step, loss] = [Math.round(part * most), part * top];
    return `<text x="${x(step)}" y="${height - 6}" text-anchor="${part === 1 ? "end" : "middle"}">${step}</text><text x="${left - 4}" y="${y(loss) + 4}" text-anchor="end">${loss.toFixed(1)}</text>
      <line x1="${left}" x2="${width - 6}" y1="${y(loss)}" y2="${y(loss)}"/>`;
  });
  const lines = runs.list.map((run, i) =>
    `<polyline fill="none" stroke-width="${run === runs.last ? 2.5 : 1.2}" stroke="${colours[i % colours.length]}" points="${run.curve.map(([step, loss]) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(" ")}"/>`);
  $("curves").innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Training loss by step">${marks.join("")}${lines.join("")}</svg>`;
}

function showRuns() {
  const cells = (run, i) => {
    const changed = differences(run.settings).map(([key, value]) => key.replace(/^\w+\./, "") + " = " + value).join(", ");
    const colour = make("i", { className: "swatch" });
    colour.style.background = colours[i % colours.length];
    const again = make("button", { type: "button", title: "use these settings" }, changed || "ordinary");
    again.onclick = () => {
      chosen = { ...ordinary, ...run.settings };
      writeAddress();
      showSettings();
    };
    const last = run.curve[run.curve.length - 1];
    return [make("span", {}, colour, again), run.step, last ? last[1].toFixed(3) : "", run.bleu ? run.bleu.toFixed(1) : "", run.seconds.toFixed(1), (run.bytes / 1e6).toFixed(0), run.parameters];
  };
  $("runs").replaceChildren(...runs.list.map((run, i) => make("tr", {}, ...cells(run, i).map((cell) => make("td", {}, cell)))));
}

// What the program has said since the last time goes into the last run.
function take(state) {
  const run = runs.last;
  run.step = state.step;
  run.bytes = Math.max(run.bytes, state.bytes);
  for (const record of state.records) {
    if (record.kind === "train") run.curve.push([record.step, record.loss]);
    else if (record.kind === "valid") run.bleu = record.BLEU;
  }
  for (const note of state.notes) {
    const parameters = note.match(/model: (\d+) parameters/);
    if (parameters) run.parameters = Number(parameters[1]);
  }
  $("progress").max = state.steps;
  $("progress").value = state.step;
  const loss = run.curve.length ? `, loss ${run.curve[run.curve.length - 1][1].toFixed(3)}` : "";
  const bleu = run.bleu ? `, BLEU ${run.bleu.toFixed(1)} on sentences it has not seen` : "";
  say(`step ${state.step} of ${state.steps}, ${run.seconds.toFixed(1)} s${loss}${bleu}`);
  showCurves();
  showRuns();
}

function say(text) {
  $("status").textContent = text;
}

async function begin(wish, file) {
  say("loading the program");
  const program = await Program.load().catch((error) => say(error.message));
  if (!program) return null;
  const state = await program.ask(wish, file);
  if (state.error) {
    say(state.error);
    return null;
  }
  const settingsNow = wish.do === "begin" ? { ...chosen } : settingsOf(state.config);
  runs.list.push({ settings: settingsNow, step: state.step, steps: state.steps, curve: [], bleu: 0, seconds: 0, bytes: 0, parameters: 0 });
  take(state);
  return program;
}

// Of a checkpoint from elsewhere: those of its settings that can be set here.
function settingsOf(toml) {
  const found = { ...ordinary };
  let table = "";
  for (const line of toml.split("\n")) {
    const head = line.match(/^\[(\w+)\]/), row = line.match(/^(\w+) = ("[^"]*"|[^ ]+)/);
    if (head) table = head[1];
    if (row && `${table}.${row[1]}` in found) found[`${table}.${row[1]}`] = JSON.parse(row[2]);
  }
  return found;
}

async function train(program) {
  training = true;
  $("train").textContent = "Pause";
  const run = runs.last;
  let looked = 0, kept = performance.now();
  for (let finished = false; training && !finished; ) {
    const start = performance.now();
    const state = await program.ask({ do: "train", seconds: 0.25 });
    if (state.error) {
      say(state.error);
      break;
    }
    run.seconds += (performance.now() - start) / 1000;
    take(state);
    finished = state.finished;
    if (performance.now() - looked > 1500 || finished) {
      await translate(program);
      looked = performance.now();
    }
    if (performance.now() - kept > 10000 || finished) {
      await keep(program);
      kept = performance.now();
    }
  }
  training = false;
  $("train").textContent = "Train anew";
  $("more").hidden = false;
}

async function keep(program) {
  const { file, error } = await program.ask({ do: "save" });
  if (error) {
    say(error);
    return null;
  }
  runs.keep();
  await storage.write({ file, run: runs.last }).catch(() => {});
  return file;
}

async function translate(program) {
  wanted = $("sentence").value;
  const reply = await program.ask({ do: "translate", sentence: wanted });
  $("translation").replaceChildren(reply.error ? reply.error : "");
  if (reply.error) return;
  watched = reply;
  showHeads();
  showWords();
}

function showHeads() {
  const names = watched.maps.map((map) => `${map.kind}, layer ${map.layer + 1}, head ${map.head + 1}`);
  const heads = ["cross, mean of all heads", ...names];
  if ($("head").options.length !== heads.length)
    $("head").replaceChildren(...heads.map((name) => make("option", {}, name)));
}

// The map that is looked at: one head's, or the mean of the decoder's looks at the source.
function lookedAt() {
  const at = $("head").selectedIndex;
  if (at > 0) return watched.maps[at - 1];
  const cross = watched.maps.filter((map) => map.kind === "cross");
  const weights = cross[0].weights.map((_, i) => cross.reduce((sum, map) => sum + map.weights[i], 0) / cross.length);
  return { ...cross[0], weights };
}

// Rows and columns of a map as words; touching a row's word colours where it looked.
function showWords() {
  if (!watched || !watched.maps.length) return;
  const map = lookedAt();
  const columns = map.columns.map((word) => make("span", { className: "word" }, word));
  const look = (row) => {
    columns.forEach((word, i) => word.style.setProperty("--weight", map.weights[row * columns.length + i]));
    rows.forEach((word, i) => word.setAttribute("aria-pressed", i === row));
  };
  const rows = map.rows.map((word, row) => {
    const button = make("button", { type: "button", className: "word" }, word);
    button.onclick = button.onpointerenter = () => look(row);
    return button;
  });
  $("columns").replaceChildren(...columns);
  $("rows").replaceChildren(...rows);
  $("translation").textContent = watched.translation;
  look(0);
}

async function start() {
  if (training) {
    training = false;
    return;
  }
  const program = await begin({ do: "begin", config: configuration(chosen) });
  if (program) train(program);
}

async function more() {
  const program = await Program.load();
  const file = await keep(program);
  if (!file) return;
  const seconds = runs.last.seconds, steps = String(runs.last.steps + 300);
  if (await begin({ do: "open", checkpoint: "opened.safetensors", set: { "train.max_steps": steps } }, file)) train(program);
  runs.last.seconds += seconds;
}

async function open(file, run) {
  const program = await begin({ do: "open", checkpoint: "opened.safetensors" }, file);
  if (!program) return;
  if (run) Object.assign(runs.last, { curve: run.curve, seconds: run.seconds, bleu: run.bleu });
  Object.assign(chosen, runs.last.settings);
  showSettings();
  showCurves();
  $("more").hidden = false;
  await translate(program);
  if (run && run.step < run.steps) train(program);
}

async function download() {
  if (!runs.last || !Program.loaded) return say("There is nothing to save yet: train first.");
  const file = await keep(await Program.load());
  if (!file) return;
  const address = URL.createObjectURL(new Blob([file], { type: "application/octet-stream" }));
  make("a", { href: address, download: `lectern-step-${runs.last.step}.safetensors` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function beginPage() {
  readAddress();
  showSettings();
  showCurves();
  showRuns();
  $("presets").append(...apart(presets.map(({ name }) => make("option", {}, name))));
  $("presets").onchange = () => {
    chosen = { ...ordinary, ...presets[$("presets").selectedIndex].set };
    writeAddress();
    showSettings();
  };
  window.onhashchange = () => {
    readAddress();
    showSettings();
  };
  $("train").onclick = start;
  $("more").onclick = more;
  $("save").onclick = download;
  $("open").onchange = async () => open(new Uint8Array(await $("open").files[0].arrayBuffer()));
  $("head").onchange = showWords;
  $("sentence").onchange = async () => !training && runs.last && Program.loaded && translate(await Program.load());
  $("clear").onclick = () => {
    runs.list = training ? [runs.last] : [];
    runs.keep();
    showCurves();
    showRuns();
  };
  const kept = await storage.read().catch(() => null);
  if (!kept) return;
  $("go-on").hidden = false;
  $("go-on").textContent = `Go on with the run of your last visit (step ${kept.run.step})`;
  $("go-on").onclick = () => {
    $("go-on").hidden = true;
    open(kept.file, kept.run);
  };
}

beginPage();
