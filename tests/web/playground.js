// The playground's program in node beside `lectern`: what the one has learned, the other goes on with.
//
//     node playground.js playground_program.js settings.js lectern
//
// Losses agree to three digits: a browser multiplies and adds in two steps. Writes to the folder where it is
// started; ends with a message that says what is different.
"use strict";

const { execFileSync } = require("child_process");
const fs = require("fs");
const vm = require("vm");

const [program, settings, lectern] = process.argv.slice(2);
process.on("uncaughtException", (error) => {  // without the program's text, which node would print
  console.error(error.message.slice(0, 1000));
  process.exit(1);
});
const source = fs.readFileSync(program, "utf8");
const lecternProgram = new Function("require", "__dirname", "__filename", `${source};return lecternProgram;`)(
  require, __dirname, program);
const chosen = { "train.max_steps": 20 };
const toml = vm.runInNewContext(
  `${fs.readFileSync(settings, "utf8")}; configuration({ ...ordinary, ...chosen })`, { chosen, structuredClone })
  .replace("log_every = 10", "log_every = 5").replace("warmup_steps = 50", "warmup_steps = 5");
fs.writeFileSync("playground.toml", toml);

function differ(what, here, there) {
  console.error(`${what}: ${JSON.stringify(here)} in the page's program, ${JSON.stringify(there)} in a terminal`);
  process.exit(1);
}

// Losses by step, of lines of metrics.jsonl.
const losses = (records) => records.filter((each) => each.kind === "train").map(({ step, loss }) => [step, loss]);
function expectSame(what, here, there) {
  const close = here.length > 0 && here.length === there.length &&
    here.every(([step, loss], i) => step === there[i][0] && Math.abs(loss - there[i][1]) < 1e-3 * loss);
  if (!close) differ(what, here, there);
}

function train(folder, ...more) {
  execFileSync(lectern, ["train", "playground.toml", "--run-dir", folder, "--quiet", ...more]);
  return losses(fs.readFileSync(`${folder}/metrics.jsonl`, "utf8").trim().split("\n").map(JSON.parse));
}

function compare(page) {
  const tell = page.cwrap("lectern_answer", "string", ["string"]);
  const ask = (wish) => {
    const reply = JSON.parse(tell(JSON.stringify(wish)));
    if (reply.error) differ(wish.do, reply.error, "no error");
    return reply;
  };
  ask({ do: "begin", config: toml });
  let first = [];
  for (let step = 0; step < 10; ++step) first = first.concat(losses(ask({ do: "train", seconds: 0 }).records));
  fs.writeFileSync("page.safetensors", page.FS.readFile(ask({ do: "save" }).checkpoint));
  const rest = losses(ask({ do: "train", seconds: 1e6 }).records);

  for (const folder of ["native", "resumed"]) fs.rmSync(folder, { recursive: true, force: true });
  expectSame("losses", first.concat(rest), train("native"));
  expectSame("losses after the page's checkpoint", rest, train("resumed", "--resume", "page.safetensors"));

  page.FS.writeFile("opened.safetensors", fs.readFileSync("native/checkpoints/step-000020.safetensors"));
  ask({ do: "open", checkpoint: "opened.safetensors" });
  const sentences = Array.from({ length: 20 }, (_, i) => ["Heute", "Morgen", "Oft", "Der Hund", "Sie"][i % 5] + " hat " +
    ["dem", "einem", "jedem", "diesem"][i % 4] + " großen Pferd geholfen.");
  const there = execFileSync(lectern, ["translate", "native/last"], { input: sentences.join("\n") + "\n", stdio: ["pipe", "pipe", "ignore"] })
    .toString().trimEnd().split("\n");
  sentences.forEach((sentence, i) => {
    const here = ask({ do: "translate", sentence }).translation;
    if (here !== there[i]) differ(sentence, here, there[i]);
  });
  console.log(`the page's program and ${lectern}: the same losses, checkpoints and ${there.length} translations`);
}

const page = { arguments: [], print: () => {}, printErr: () => {}, onRuntimeInitialized: () => compare(page) };
lecternProgram(page);
