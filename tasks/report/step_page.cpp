#include "tasks/report/step_page.h"

#include "tasks/report/markup.h"
#include "tasks/report/page.h"
#include "tasks/report/step_film.h"
#include "tasks/report/step_tree.h"

namespace lectern {
namespace {

std::string fact(std::string_view name, const std::string& value, const std::string& more) {
  return element("div", {{"class", "fact"}},
                 element("dt", {}, escape(name)) +
                     element("dd", {}, escape(value) + element("small", {}, escape(more))));
}

double forward_of(const StepProfile& profile) {
  double sum = 0;
  for (const ProfiledOp& op : profile.ops) sum += op.forward;
  return sum;
}

std::string gigaflops(double rate) { return readable(1e-9 * rate, 3) + " GFLOP/s"; }

std::string share_of_peak(const StepPage& page) {
  const double rate = static_cast<double>(page.profile.operations) / page.profile.seconds;
  if (page.peak_rate <= 0) return fact("rate", gigaflops(rate), "the peak is not known here");
  return fact("share of the peak", readable(100 * rate / page.peak_rate, 3) + " %",
              gigaflops(rate) + " of the " + gigaflops(page.peak_rate) +
                  " that the vector units can do, measured just before");
}

std::string facts(const StepPage& page) {
  const StepProfile& profile = page.profile;
  const double sum = sum_of_times(profile), forward = forward_of(profile);
  const std::string times =
      text(milliseconds(forward), " forward, ", milliseconds(sum - forward - profile.update),
           " backward, ", milliseconds(profile.update), " update");
  return element("dl", {{"class", "facts"}},
                 fact("time", milliseconds(profile.seconds) + " ms",
                      text("recorded; ", milliseconds(profile.unrecorded), " when nobody looks")) +
                     fact("sum of the operations", milliseconds(sum) + " ms", times) +
                     fact("operations", readable_count(profile.operations),
                          text(profile.operations, ", of the matrix products")) +
                     share_of_peak(page) +
                     fact("peak memory", readable_bytes(profile.high_water),
                          text(profile.high_water, " bytes, the allocator's high-water mark")) +
                     fact("alive before the step", readable_bytes(profile.film.front().in_use),
                          text("parameters, optimiser, batch: ", readable_bytes(profile.named),
                               " have a name")));
}

constexpr std::string_view style = R"css(
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:14px 26px;margin:18px 0 0}
.fact dt{color:var(--muted);font-size:13px}
.fact dd{margin:0;font-size:22px;font-weight:600;font-variant-numeric:tabular-nums}
.fact small{display:block;font-size:13px;font-weight:400;color:var(--muted);overflow-wrap:anywhere}
)css";

constexpr std::string_view about_film =
    "All tensors that are alive at one moment of the step. A moment is whenever a block of memory "
    "is "
    "taken or given back. Grey: what was there before the step. Move the slider (arrow keys: one "
    "moment), or drag in the picture.";

constexpr std::string_view about_kinds =
    "A span of time belongs to the operation that ends it, so that all spans together are the "
    "step.";

constexpr std::string_view about_tree =
    "Operations: multiplications and additions of the products, forward and backward. Kept: what "
    "the "
    "forward pass leaves in memory for the derivative. Gradient: of an operation, the length of "
    "the "
    "loss's derivative by its output; of a part, of that by its own parameters. Operations marked "
    "“again” were forgotten and are calculated once more in the backward pass.";

std::string section(std::string_view title, std::string_view about, const std::string& content) {
  return element("section", {},
                 element("h2", {}, escape(title)) +
                     element("p", {{"class", "note"}}, escape(about)) + content) +
         "\n";
}

}  // namespace

std::string step_page(const StepPage& page) {
  const std::string fold =
      "<div class=\"tree-tools\"><button type=\"button\" data-fold=\"open\">Unfold all</button>"
      "<button type=\"button\" data-fold=\"close\">Fold all</button></div>";
  return html_page({.title = page.title,
                    .style = std::string(style) + step_tree_style() + step_film_style(),
                    .body = page_header(page.title, page.lead) + facts(page) + "\n" +
                            section("The film of memory", about_film, step_film(page.profile)) +
                            section("Where the time goes", about_kinds, step_kinds(page.profile)) +
                            section("Every operation", about_tree, fold + step_tree(page.profile)),
                    .script = step_film_script(),
                    .footer = page_footer(page.command, page.version)});
}

}  // namespace lectern
