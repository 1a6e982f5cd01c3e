// in_node.js PROGRAM.js [--without PART]: runs a chapter's program for browsers in node, prints what it
// prints, and writes its pictures into the folder where this is started. How long it took, how long the
// processor worked for it, and how much memory it had goes to standard error.
"use strict";
const fs = require("fs");
const [file, ...words] = process.argv.slice(2);
const source = fs.readFileSync(file, "utf8");
const program = new Function("require", "__dirname", "__filename", `${source};return lecternProgram;`);
const begin = performance.now();
const page = {
  arguments: words,
  print: (line) => fs.writeSync(1, line + "\n"),
  printErr: (line) => fs.writeSync(2, line + "\n"),
  onExit: (status) => {
    for (const name of page.FS.readdir("."))
      if (/\.(svg|html)$/.test(name)) fs.writeFileSync(name, page.FS.readFile(name));
    const seconds = ((performance.now() - begin) / 1000).toFixed(2);
    const used = process.resourceUsage();
    const processor = ((used.userCPUTime + used.systemCPUTime) / 1e6).toFixed(2);
    fs.writeSync(2, `${seconds} s, ${processor} s of the processor, ${Math.round(used.maxRSS / 1024)} MiB\n`);
    process.exitCode = status;
  },
};
program(require, __dirname, file)(page);
