#include "tasks/report/step_film.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tasks/report/markup.h"
#include "tasks/report/step_page.h"
#include "tasks/report/step_tree.h"

namespace lectern {
namespace {

constexpr std::size_t most_moments = 4000, most_blocks = 4000, listed = 12;

/// The blocks that are told by name: the largest.
std::vector<const MemoryBlock*> chosen_blocks(const StepProfile& profile) {
  std::vector<const MemoryBlock*> blocks;
  for (const MemoryBlock& block : profile.blocks)
    if (block.bytes > 0) blocks.push_back(&block);
  std::ranges::stable_sort(blocks, std::ranges::greater(), &MemoryBlock::bytes);
  blocks.resize(std::min(blocks.size(), most_blocks));
  return blocks;
}

/// Each text once; what is said often is said by its number.
class Phrases {
 public:
  int number(const std::string& phrase) {
    const auto [place, is_new] = numbers_.try_emplace(phrase, static_cast<int>(numbers_.size()));
    if (is_new) all_.push_back(phrase);
    return place->second;
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::map<std::string, int> numbers_;
  std::vector<std::string> all_;
};

/// Text for a script inside of a page: nothing in it can end the script.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (c == '<')
      out += "\\u003c";
    else
      out += code < 0x20 ? ' ' : c;
  }
  return out + '"';
}

std::string name_of_op(const ProfiledOp& op) {
  return op.part.empty() ? op.name : op.name + ", " + op.part;
}

std::string during(const StepProfile& profile, const MemoryMoment& moment) {
  const std::string phase(name_of(moment.phase));
  if (moment.op < 0) return phase;
  return phase + ": " + name_of_op(profile.ops[static_cast<std::size_t>(moment.op)]);
}

/// The film for the script: moments `[µs, bytes, phrase]`, blocks `[bytes, born, died, name, line]`.
std::string film_data(const StepProfile& profile) {
  Phrases phrases;
  const std::vector<int> moments = chosen_moments(profile.film, most_moments);
  const auto peak = std::ranges::find(moments, peak_moment(profile)) - moments.begin();
  std::string out = text("{\"peak\":", peak,
                         ",\"whole\":", profile.blocks.size() <= most_blocks ? "true" : "false",
                         ",\"moments\":[");
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const MemoryMoment& one = profile.film[static_cast<std::size_t>(moments[i])];
    out += text(i ? "," : "", "[", std::llround(1e6 * one.time), ",", one.in_use, ",",
                phrases.number(during(profile, one)), "]");
  }
  out += "],\"blocks\":[";
  const auto shown = [&](int moment) {
    return std::ranges::lower_bound(moments, moment) - moments.begin();
  };
  bool first = true;
  for (const MemoryBlock* block : chosen_blocks(profile)) {
    out += text(first ? "" : ",", "[", block->bytes, ",", shown(block->born), ",",
                block->died < 0 ? std::ssize(moments) : shown(block->died), ",",
                phrases.number(lectern::name_of(profile, *block)), ",",
                phrases.number(line_of(profile, *block)), "]");
    first = false;
  }
  out += "],\"phrases\":[";
  for (std::size_t i = 0; i < phrases.all().size(); ++i)
    out += (i ? "," : "") + quoted(phrases.all()[i]);
  return out + "]}";
}

std::string row(const StepProfile& profile, const MemoryBlock& block, std::int64_t largest) {
  const double share = static_cast<double>(block.bytes) / static_cast<double>(largest);
  return element(
      "li", {},
      element("span", {{"class", "size"}}, escape(readable_bytes(block.bytes))) +
          element("span", {{"class", "who"}},
                  escape(lectern::name_of(profile, block)) + " " +
                      element("code", {}, escape(line_of(profile, block)))) +
          element("i", {{"class", "bar"}, {"style", text("--w:", coordinate(100 * share), "%")}}));
}

/// What is alive at the maximum, for readers without scripts and before the first move.
std::string alive_list(const StepProfile& profile, int moment) {
  const std::vector<const MemoryBlock*> alive = alive_at(profile, moment);
  const std::int64_t in_use = profile.film[static_cast<std::size_t>(moment)].in_use;
  std::string rows;
  std::int64_t rest = in_use;
  for (std::size_t i = 0; i < std::min(alive.size(), listed); ++i) {
    rows += row(profile, *alive[i], std::max<std::int64_t>(1, alive[0]->bytes));
    rest -= alive[i]->bytes;
  }
  return element("ol", {{"class", "alive"}}, rows) +
         element("p", {{"class", "note rest"}},
                 escape(text("and ", alive.size() - std::min(alive.size(), listed),
                             " smaller ones, ", readable_bytes(rest), " together")));
}

std::string moment_words(const StepProfile& profile, int moment) {
  const MemoryMoment& one = profile.film[static_cast<std::size_t>(moment)];
  return text(milliseconds(one.time), " ms · ", readable_bytes(one.in_use), " (", one.in_use,
              " bytes) · ", during(profile, one));
}

}  // namespace

std::string name_of(const StepProfile& profile, const MemoryBlock& block) {
  if (block.from == StepPhase::before) return block.name;
  if (block.op < 0) return std::string(name_of(block.from));
  const std::string op = name_of_op(profile.ops[static_cast<std::size_t>(block.op)]);
  return block.from == StepPhase::backward ? "backward of " + op : op;
}

std::string line_of(const StepProfile& profile, const MemoryBlock& block) {
  return block.op < 0 ? "" : profile.ops[static_cast<std::size_t>(block.op)].where;
}

std::string step_film(const StepProfile& profile) {
  const int peak = peak_moment(profile);
  const std::size_t frames = chosen_moments(profile.film, most_moments).size();
  // Both pictures, for a large and for a small screen, say where their time axis lies.
  const auto picture = [&](double width, std::string_view size) {
    return element("div", {{"class", size}, {"data-left", 58}, {"data-right", width - 12}},
                   memory_picture(profile, peak, width));
  };
  const std::string tools =
      "<div class=\"film-tools\"><button type=\"button\" data-film=\"play\">Play</button>"
      "<button type=\"button\" data-film=\"peak\">Peak</button>"
      "<label>moment <input type=\"range\" min=\"0\" step=\"1\" max=\"" +
      std::to_string(frames - 1) +
      "\" aria-label=\"moment of the step\" aria-describedby=\"moment\"></label></div>";
  return element("div", {{"class", "film"}, {"data-ms", 1e3 * profile.seconds}},
                 element("figure", {}, picture(984, "on-wide") + picture(358, "on-narrow")) +
                     tools +
                     element("p", {{"class", "moment"}, {"id", "moment"}, {"aria-live", "polite"}},
                             escape(moment_words(profile, peak))) +
                     alive_list(profile, peak)) +
         "\n<script type=\"application/json\" id=\"film-data\">" + film_data(profile) + "</script>";
}

}  // namespace lectern
