// Example pages, written beside the test program so that people can look at them.

#include <fstream>

#include "tests/catch.h"
#include "tests/tasks/report_examples.h"

namespace lectern {
namespace {

void write(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  REQUIRE(file.good());
}

std::string crowded_chart() {
  std::vector<Series> all;
  for (int kind = 0; kind < 6; ++kind) {
    Series series{"pattern " + std::to_string(kind + 1)};
    for (double length = 128; length <= 16384; length *= 2) {
      series.x.push_back(length);
      series.y.push_back(std::pow(length, 2.0 - kind * 0.18) / 4e3);
    }
    all.push_back(series);
  }
  return line_chart(all, {.title = "Attention, forward and backward",
                          .x = {"length", AxisScale::log},
                          .y = {"milliseconds", AxisScale::log}});
}

}  // namespace

TEST_CASE("an example report is whole and of bounded size") {
  const std::string page = report_page(example_report());
  write("example_report.html", page);
  CHECK(markup_fault(page) == "");
  CHECK(page.size() < 400'000);
}

TEST_CASE("an example attention page of long sentences, 6 layers and 8 heads stays below 2 MB") {
  const std::string page =
      attention_page({.source = "Zwei junge Männer in leuchtend orangefarbenen Warnwesten "
                                "reparieren neben einem alten Straßenbahnhaltestellenhäuschen die "
                                "Oberleitung .",
                      .translation = "Two young men in bright orange safety vests are repairing "
                                     "the overhead line next to an old tram shelter .",
                      .maps = example_maps(long_source, long_target, 6, 8),
                      .command = "lectern attention runs/m30k \"Zwei junge Männer …\" -o page.html",
                      .version = "Lectern 0.1.0"});
  write("example_attention.html", page);
  CHECK(markup_fault(page) == "");
  CHECK(page.size() < 2'000'000);
}

TEST_CASE("example charts stand alone as files") {
  BarStrip strip{"Sentence lengths, test_2016_flickr", {}, {}, 720};
  for (int length = 4; length < 34; ++length) {
    strip.labels.push_back(std::to_string(length));
    strip.values.push_back(std::floor(130 * std::exp(-std::pow((length - 12) / 5.0, 2))));
  }
  const std::string lines = svg_file(crowded_chart());
  const std::string bars = svg_file(bar_strip(strip));
  write("example_lines.svg", lines);
  write("example_strip.svg", bars);
  CHECK(markup_fault(lines) == "");
  CHECK(markup_fault(bars) == "");
}

}  // namespace lectern
