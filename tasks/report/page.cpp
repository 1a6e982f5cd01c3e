#include "tasks/report/page.h"

#include "tasks/report/charts.h"
#include "tasks/report/markup.h"
#include "tensor/check.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

constexpr std::string_view common_style = R"css(
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
 font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main,footer{max-width:1040px;margin:0 auto;padding:0 28px}
header{padding:44px 0 6px}
h1{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.012em;margin:0 0 8px}
h2{font-size:20px;line-height:1.3;font-weight:650;letter-spacing:-.005em;margin:0 0 4px}
h3{font-size:14px;font-weight:600;margin:26px 0 8px}
p{margin:0 0 12px;max-width:68ch}
.lead{font-size:17px;color:var(--muted)}
.note{color:var(--muted);font-size:14px}
section{padding:34px 0 0}
figure{margin:18px 0 0}
svg{display:block;max-width:100%;height:auto}
.wide,.broad{overflow-x:auto;padding-bottom:4px;
 background:linear-gradient(90deg,var(--paper) 50%,transparent) 0 0/40px 100% no-repeat local,
  linear-gradient(270deg,var(--paper) 50%,transparent) 100% 0/40px 100% no-repeat local,
  linear-gradient(90deg,var(--rule),transparent) 0 0/14px 100% no-repeat scroll,
  linear-gradient(270deg,var(--rule),transparent) 100% 0/14px 100% no-repeat scroll}
.wide>svg{max-width:none}
.broad>svg{min-width:620px}
.on-narrow{display:none}
pre{font:13px/1.25 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
 overflow-x:auto;margin:18px 0 12px}
code{font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
 overflow-wrap:anywhere}
footer{margin-top:56px;padding-top:16px;padding-bottom:44px;color:var(--muted);font-size:13px}
footer p{max-width:none;margin:0 0 4px}
footer::before{content:"";display:block;border-top:1px solid var(--rule);margin-bottom:16px}
@media screen and (max-width:760px){.on-wide{display:none}.on-narrow{display:block}
 .on-narrow>svg{width:100%;max-width:520px}}
@media (max-width:640px){main,footer{padding:0 16px}h1{font-size:25px}header{padding-top:28px}}
@media print{
 body{font-size:10.5pt;background:#fff}main,footer{max-width:none;padding:0}
 figure,.pair,.fact,tr{break-inside:avoid}h2,h3{break-after:avoid}
 .wide>svg{max-width:100%}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
)css";

constexpr double narrow = 358;  // a phone of 390, without its margins

/// \param what  `page`, for the error
void write_text(const std::string& what, const std::string& path, const std::string& content,
                Where where) {
  try {
    replace_file(
        path, [&](int descriptor) { write_all(descriptor, content.data(), content.size(), path); });
  } catch (const FileError& error) {
    fail(text("the ", what, " '", path,
              "' cannot be written; is there such a folder, and room in it? (", error.what(), ")"),
         where);
  }
}

}  // namespace

void write_page(const std::string& path, const std::string& title,
                const std::vector<std::string>& parts, Where where) {
  std::string body = page_header(title, "");
  for (const std::string& part : parts)
    body += "\n" + (part.starts_with("<svg") ? element("figure", {{"class", "wide"}}, part) : part);
  write_text("page", path, html_page({.title = title, .body = body}), where);
}

void write_picture(const std::string& path, const std::string& picture, Where where) {
  const bool whole = picture.find("<style>") != picture.npos;
  write_text("picture", path, whole ? picture : svg_file(picture), where);
}

std::string heading(std::string_view text) { return element("h2", {}, escape(text)); }
std::string paragraph(std::string_view text) { return element("p", {}, escape(text)); }
std::string verbatim(std::string_view text) { return element("pre", {}, escape(text)); }

std::string figure(const std::function<std::string(double width)>& draw, double widest) {
  return element("figure", {},
                 element("div", {{"class", "on-wide"}}, draw(widest)) +
                     element("div", {{"class", "on-narrow"}}, draw(narrow)));
}

std::string page_header(std::string_view title, std::string_view lead) {
  std::string out = element("h1", {}, escape(title));
  if (!lead.empty()) out += element("p", {{"class", "lead"}}, escape(lead));
  return element("header", {}, out);
}

std::string html_page(const Page& page) {
  const std::string head =
      "<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n" +
      element("title", {}, escape(page.title)) + "\n" +
      element("style", {}, chart_style() + std::string(common_style) + page.style);
  const std::string script = page.script.empty() ? "" : element("script", {}, page.script) + "\n";
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n" + head + "\n</head>\n<body>\n" +
         element("main", {}, page.body) + "\n" + element("footer", {}, page.footer) + "\n" +
         script + "</body>\n</html>\n";
}

std::string page_footer(std::string_view command, std::string_view version) {
  std::string out;
  if (!command.empty()) out += element("p", {}, "Made by " + element("code", {}, escape(command)));
  if (!version.empty()) out += element("p", {}, escape(version));
  return out;
}

}  // namespace lectern
