#include <filesystem>
#include <iostream>
#include <vector>

#include "tasks/commands/commands.h"
#include "tasks/commands/run_tool.h"
#include "tasks/failure.h"
#include "tasks/training/safe_file.h"
#include "tasks/translation/toy_corpus.h"

namespace lectern {
namespace fs = std::filesystem;
namespace {

/// A file of a data set, named by what it holds: whoever serves it, these are its bytes.
struct DataFile {
  std::string name;
  std::string sha256;
};

/// Multi30k, task 1 (Elliott et al. 2016). For non-commercial research and education; not shipped
/// with this program.
const std::vector<DataFile> multi30k = {
    {"train.de.gz", "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"},
    {"train.en.gz", "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"},
    {"val.de.gz", "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"},
    {"val.en.gz", "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"},
    {"test_2016_flickr.de.gz", "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"},
    {"test_2016_flickr.en.gz", "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"},
};

const std::vector<std::string> mirrors = {
    "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw",
    "https://github.com/multi30k/dataset/raw/master/data/task1/raw",
    "https://cdn.jsdelivr.net/gh/multi30k/dataset@master/data/task1/raw",
};

bool is_right(const fs::path& path, const DataFile& file) {
  if (!fs::exists(path)) return false;
  const ToolResult sum = run_tool({"sha256sum", path.string()});
  if (sum.status != 0)
    throw Failure(ExitCode::io, text(path.string(), ": sha256sum failed; is coreutils installed?"));
  return sum.output.substr(0, file.sha256.size()) == file.sha256;
}

void copy(const fs::path& source, const DataFile& file, const fs::path& target) {
  if (!fs::exists(source))
    throw Failure(ExitCode::data,
                  source.string() + ": no such file; --from needs a folder with " + file.name);
  if (!is_right(source, file))
    throw Failure(ExitCode::data, text(source.string(), ": its SHA-256 is not ", file.sha256,
                                       "; this is not the published file"));
  std::error_code error;
  fs::copy_file(source, target, fs::copy_options::overwrite_existing, error);
  if (error) throw Failure(ExitCode::io, text(target.string(), ": ", error.message()));
}

/// Tries the mirrors in turn. A download that was cut off goes on where it stopped.
void download(const DataFile& file, const fs::path& target,
              const std::vector<std::string>& sources) {
  const fs::path partial = target.string() + ".part";
  for (const std::string& mirror : sources) {
    const std::string address = mirror + "/" + file.name;
    std::cerr << "fetching " << address << '\n';
    const ToolResult result = run_tool({"curl", "--fail", "--location", "--silent", "--show-error",
                                        "--retry", "2", "--connect-timeout", "15", "--continue-at",
                                        "-", "--output", partial.string(), address});
    if (result.status == tool_missing)
      throw Failure(ExitCode::usage,
                    "curl is not installed; apt-get install curl, or give a local "
                    "copy with --from DIR");
    if (result.status == 0 && is_right(partial, file)) {
      fs::rename(partial, target);
      return;
    }
    if (result.status == 0) {
      std::cerr << "  its SHA-256 is not the pinned one; trying the next mirror\n";
      fs::remove(partial);
    }
  }
  throw Failure(ExitCode::data, text(file.name,
                                     ": no mirror gave the file; try again later, or "
                                     "fetch it by hand and use --from DIR (SHA-256 ",
                                     file.sha256, ")"));
}

void write_pairs(const std::vector<SentencePair>& pairs, const fs::path& prefix) {
  std::string german, english;
  for (const SentencePair& pair : pairs) {
    german += pair.source + '\n';
    english += pair.target + '\n';
  }
  for (const auto& [ending, lines] : {std::pair(".de", german), std::pair(".en", english)}) {
    const std::string path = prefix.string() + ending;
    replace_file(path,
                 [&](int descriptor) { write_all(descriptor, lines.data(), lines.size(), path); });
  }
}

/// The built-in corpus as files, to be read and changed.
void write_toy(const fs::path& folder) {
  const ToyCorpus corpus = make_toy_corpus();
  write_pairs(corpus.train, folder / "train");
  write_pairs(corpus.valid, folder / "valid");
  write_pairs(corpus.test, folder / "test");
  std::cerr << folder.string() << ": wrote " << corpus.train.size() << " pairs to learn from, "
            << corpus.valid.size() << " to choose by and " << corpus.test.size() << " to test on\n";
}

void fetch_multi30k(const Arguments& arguments, const fs::path& folder) {
  std::vector<std::string> sources = arguments.all("mirror");
  sources.insert(sources.end(), mirrors.begin(), mirrors.end());
  for (const DataFile& file : multi30k) {
    const fs::path target = folder / file.name;
    if (is_right(target, file)) {
      std::cerr << target.string() << ": already there\n";
      continue;
    }
    if (arguments.given("from"))
      copy(fs::path(arguments.text("from")) / file.name, file, target);
    else
      download(file, target, sources);
    std::cerr << target.string() << ": verified\n";
  }
}

int run(const Arguments& arguments) {
  const std::string& name = arguments.text("NAME");
  if (name != "multi30k" && name != "toy")
    throw Failure(ExitCode::usage, "data " + name + ": choose multi30k or toy");
  const fs::path folder = arguments.given("to") ? arguments.text("to") : "data/" + name;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Failure(ExitCode::io, text(folder.string(), ": ", error.message()));
  if (name == "toy")
    write_toy(folder);
  else
    fetch_multi30k(arguments, folder);
  return 0;
}

}  // namespace

Command data_command() {
  return {.name = "data",
          .summary = "Fetch Multi30k, verified by its SHA-256, or write the built-in toy corpus.",
          .example = "lectern data multi30k",
          .positionals = {{.name = "NAME", .help = "multi30k or toy"}},
          .flags = {{.name = "from", .metavar = "DIR", .help = "copy from there; no network"},
                    {.name = "to",
                     .metavar = "DIR",
                     .help = "where the files go; without it, data/NAME"},
                    {.name = "mirror", .metavar = "URL", .help = "try this address first"}},
          .run = run};
}

}  // namespace lectern
