#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <vector>

#include "tasks/chatbot/toy_dialogues.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/run_tool.h"
#include "tasks/failure.h"
#include "tasks/metrics/metric.h"
#include "tasks/question_answering/facts.h"
#include "tasks/training/output_file.h"
#include "tasks/translation/toy_corpus.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace fs = std::filesystem;
namespace {

/// A file of a data set, named by what it holds: whoever serves it, these are its bytes.
struct DataFile {
  std::string name;
  std::string sha256;
};

/// Multi30k, task 1 (Elliott et al. 2016; French: Elliott et al. 2017). For non-commercial research
/// and education; not shipped with this program.
const std::vector<DataFile> multi30k = {
    {"train.de.gz", "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"},
    {"train.en.gz", "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"},
    {"val.de.gz", "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"},
    {"val.en.gz", "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"},
    {"test_2016_flickr.de.gz", "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"},
    {"test_2016_flickr.en.gz", "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"},
};
const std::vector<DataFile> multi30k_french = {
    {"train.fr.gz", "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c"},
    {"val.fr.gz", "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9"},
    {"test_2016_flickr.fr.gz", "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90"},
};

const std::vector<std::string> mirrors = {
    "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw",
    "https://github.com/multi30k/dataset/raw/master/data/task1/raw",
    "https://cdn.jsdelivr.net/gh/multi30k/dataset@master/data/task1/raw",
};

std::string read_plain(const fs::path& path) {
  const auto file = open_to_read(path.string(), std::ios::binary);
  std::ostringstream content;
  content.exceptions(std::ios::badbit);
  content << file.rdbuf();
  if (!file) throw Failure(ExitCode::io, path.string() + ": cannot be read");
  return content.str();
}

bool is_right(const fs::path& path, const DataFile& file) {
  if (!fs::exists(path)) return false;
  // An absolute path does not look like a flag.
  const ToolResult sum = run_tool({"sha256sum", fs::absolute(path).string()});
  if (sum.status != 0)
    throw Failure(ExitCode::io, text(path.string(), ": sha256sum failed; is coreutils installed?"));
  const std::size_t mark = sum.output.starts_with('\\') ? 1 : 0;  // a name with odd characters
  return sum.output.substr(mark, file.sha256.size()) == file.sha256;
}

/// Whether a file is there with just these bytes. Other bytes are somebody else's.
bool is_there(const fs::path& path, const std::string& content) {
  if (!fs::exists(path)) return false;
  if (read_plain(path) == content) return true;
  throw Failure(ExitCode::data, path.string() +
                                    ": is there already, with other text in it; move "
                                    "it away, or choose another --to");
}

void copy(const fs::path& source, const DataFile& file, const fs::path& target) {
  if (!fs::exists(source))
    throw Failure(ExitCode::data,
                  source.string() + ": no such file; --from needs a folder with " + file.name);
  if (!is_right(source, file))
    throw Failure(ExitCode::data, text(source.string(), ": its SHA-256 is not ", file.sha256,
                                       "; this is not the published file"));
  write_output(target.string(), read_plain(source));
}

/// Fetches an address, going on where a download was cut off, and afresh where that is refused: what
/// is there may be as long as the file or longer (HTTP's 416, curl's 33 and 36).
bool fetch(const std::string& address, const fs::path& partial) {
  for (;;) {
    const bool resumed = fs::exists(partial);
    const ToolResult result =
        run_tool({"curl", "--fail", "--location", "--silent", "--show-error", "--retry", "2",
                  "--connect-timeout", "15", "--continue-at", "-", "--write-out", "%{http_code}",
                  "--output", fs::absolute(partial).string(), address});
    if (result.status == tool_missing)
      throw Failure(ExitCode::usage,
                    "curl is not installed; apt-get install curl, or give a local "
                    "copy with --from DIR");
    const bool refused = result.output == "416" || result.status == 33 || result.status == 36;
    if (!resumed || !refused) return result.status == 0;
    const std::string name = partial.string();
    std::cerr << "  " << name << " is no beginning of it; fetching the whole\n";
    fs::remove(partial);
  }
}

/// Tries the mirrors in turn.
void download(const DataFile& file, const fs::path& target,
              const std::vector<std::string>& sources) {
  const fs::path partial = target.string() + ".part";
  bool whole = is_right(partial, file);
  for (std::size_t i = 0; i < sources.size() && !whole; ++i) {
    const std::string address = sources[i] + "/" + file.name;
    std::cerr << "fetching " << address << '\n';
    if (!fetch(address, partial)) continue;
    whole = is_right(partial, file);
    if (whole) break;
    std::cerr << "  its SHA-256 is not the pinned one; trying the next mirror\n";
    fs::remove(partial);
  }
  if (!whole)
    throw Failure(ExitCode::data, text(file.name,
                                       ": no mirror gave the file; try again later, or "
                                       "fetch it by hand and use --from DIR (SHA-256 ",
                                       file.sha256, ")"));
  fs::rename(partial, target);
}

/// The lines of pairs, in two files.
std::map<fs::path, std::string> texts_of(const std::vector<SentencePair>& pairs,
                                         const fs::path& prefix) {
  std::string german, english;
  for (const SentencePair& pair : pairs) {
    german += pair.source + '\n';
    english += pair.target + '\n';
  }
  return {{prefix.string() + ".de", german}, {prefix.string() + ".en", english}};
}

/// The built-in corpus as files, to be read and changed.
void write_toy(const fs::path& folder) {
  const ToyCorpus corpus = make_toy_corpus();
  std::map<fs::path, std::string> files = texts_of(corpus.train, folder / "train");
  files.merge(texts_of(corpus.valid, folder / "valid"));
  files.merge(texts_of(corpus.test, folder / "test"));
  std::erase_if(files, [](const auto& file) { return is_there(file.first, file.second); });
  for (const auto& [path, lines] : files) write_output(path.string(), lines);
  std::cerr << folder.string() << ": wrote " << corpus.train.size() << " pairs to learn from, "
            << corpus.valid.size() << " to choose by and " << corpus.test.size() << " to test on\n";
}

/// The built-in dialogues as files.
void write_dialogues(const fs::path& folder) {
  const ToyDialogues test = make_toy_dialogues(Split::test, 200);
  std::map<fs::path, std::string> files = {
      {folder / "train.txt", make_toy_dialogues(Split::train, 2000).text},
      {folder / "valid.txt", make_toy_dialogues(Split::valid, 100).text},
      {folder / "test.txt", test.text}};
  std::erase_if(files, [](const auto& file) { return is_there(file.first, file.second); });
  for (const auto& [path, lines] : files) write_output(path.string(), lines);
  std::cerr
      << folder.string()
      << ": wrote 2000 dialogues to learn from, 100 to choose by and 200 to test on; no model "
         "can have a perplexity below "
      << fixed(std::exp(test.nats / static_cast<double>(test.words)), 3)
      << " per word on the last\n";
}

/// Passages and questions that the program makes itself, in SQuAD's form.
void write_facts(const fs::path& folder) {
  for (const Split split : {Split::train, Split::valid, Split::test}) {
    const fs::path path = folder / (name_of(split) + ".json");
    const std::string content = facts_json({.split = split});
    if (!is_there(path, content)) write_output(path.string(), content);
  }
  std::cerr << folder.string() << ": wrote train.json, valid.json and test.json\n";
}

void fetch_multi30k(const Arguments& arguments, const fs::path& folder) {
  std::vector<std::string> sources = arguments.all("mirror");
  sources.insert(sources.end(), mirrors.begin(), mirrors.end());
  std::vector<DataFile> files = multi30k;
  if (arguments.on("french"))
    files.insert(files.end(), multi30k_french.begin(), multi30k_french.end());
  for (const DataFile& file : files) {
    const fs::path target = folder / file.name;
    if (is_right(target, file)) {
      std::cerr << target.string() << ": already there\n";
      continue;
    }
    if (fs::exists(target))
      throw Failure(ExitCode::data, target.string() +
                                        ": is there already, and is not the published "
                                        "file; move it away, or choose another --to");
    if (arguments.given("from"))
      copy(fs::path(arguments.text("from")) / file.name, file, target);
    else
      download(file, target, sources);
    std::cerr << target.string() << ": verified\n";
  }
}

int run(const Arguments& arguments) {
  const std::string& name = arguments.text("NAME");
  const bool built_in = name == "toy" || name == "dialogues" || name == "facts";
  if (name != "multi30k" && !built_in)
    throw Failure(ExitCode::usage, "data " + name + ": choose multi30k, toy, dialogues or facts");
  if (built_in && arguments.on("french"))
    throw Failure(ExitCode::usage,
                  text("data ", name, ": the ", name, " corpus has no French; leave out --french"));
  for (const char* flag : {"from", "mirror"})
    if (arguments.given(flag) && built_in)
      throw Failure(ExitCode::usage, text("--", flag, " has no effect: the ", name,
                                          " corpus is built in, nothing is "
                                          "fetched; leave it out"));
  if (arguments.given("from") && arguments.given("mirror"))
    throw Failure(ExitCode::usage,
                  "--mirror has no effect: --from copies, and needs no network; leave one out");
  const fs::path folder = arguments.given("to") ? arguments.text("to") : "data/" + name;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Failure(ExitCode::io, text(folder.string(), ": ", error.message()));
  if (name == "toy")
    write_toy(folder);
  else if (name == "dialogues")
    write_dialogues(folder);
  else if (name == "facts")
    write_facts(folder);
  else
    fetch_multi30k(arguments, folder);
  return 0;
}

}  // namespace

Command data_command() {
  return {
      .name = "data",
      .summary = "Fetch Multi30k, verified by its SHA-256, or write a built-in corpus.",
      .example = "lectern data multi30k",
      .positionals = {{.name = "NAME",
                       .help = "multi30k, toy (translation), dialogues (chatbot) or facts"}},
      .flags =
          {{.name = "from", .metavar = "DIR", .help = "copy from there; no network"},
           {.name = "to", .metavar = "DIR", .help = "where the files go; without it, data/NAME"},
           {.name = "french", .help = "multi30k: with its French side"},
           {.name = "mirror", .metavar = "URL", .help = "try this address first", .repeats = true}},
      .run = run};
}

}  // namespace lectern
