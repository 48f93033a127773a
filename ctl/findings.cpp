#include "ctl/findings.h"

#include <algorithm>
#include <string_view>

#include "ctl/cells.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastText = 30;  // columns; narrower, lines are left to the terminal

Color color_of_verdict(std::string_view verdict) {
  return verdict == "ok" ? Color::green : verdict == "warning" ? Color::yellow : Color::red;
}

/// `text` in lines of at most `width` columns, parted at blanks; `indent` begins all but the first.
std::string wrapped(std::string_view text, std::size_t width, const std::string& indent) {
  std::string result;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const std::size_t columns = display_width(word);
    if (used > 0 && used + 1 + columns > width) {
      result += "\n" + indent;
      used = 0;
    }
    result += (used > 0 ? " " : "") + std::string(word);
    used += (used > 0 ? 1 : 0) + columns;
  }
  return result;
}

}  // namespace

std::string render_findings(const json& columns, const json& rows, const Terminal& terminal) {
  const auto cell = [&](const json& row, const char* name) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    return found == columns.end() ? std::string()
                                  : printable(plain_text(row.at(static_cast<std::size_t>(found - columns.begin()))));
  };
  const auto pad = [](std::string text, std::size_t width) {
    return text + std::string(width - std::min(width, display_width(text)) + kGap, ' ');
  };
  std::size_t verdicts = 0;
  std::size_t checks = 0;
  for (const json& row : rows) {
    verdicts = std::max(verdicts, display_width(cell(row, "verdict")));
    checks = std::max(checks, display_width(cell(row, "check")));
  }
  const std::size_t lead = verdicts + checks + 2 * kGap;
  const auto limit = static_cast<std::size_t>(std::max(terminal.width, 0));
  const std::size_t width = limit < lead + kLeastText ? std::string::npos : limit - lead;
  const std::string indent(lead, ' ');
  std::string text;
  for (const json& row : rows) {
    const std::string verdict = cell(row, "verdict");
    text += paint(terminal, color_of_verdict(verdict), pad(verdict, verdicts)) + pad(cell(row, "check"), checks) +
            wrapped(cell(row, "finding"), width, indent) + "\n";
    const std::string remedy = cell(row, "remedy");
    if (!remedy.empty()) {
      text += indent + paint(terminal, Color::bold, wrapped("To do: " + remedy, width, indent)) + "\n";
    }
  }
  return text;
}

}  // namespace tradingd::ctl
