#pragma once
// What standard output is: a terminal or not, how wide, with colour or without.

#include <string>
#include <string_view>

namespace tradingd::ctl {

enum class Color { none, red, green, yellow, blue, magenta, cyan, bold, dim };

struct Terminal {
  bool interactive = false;  // standard output is a terminal
  bool color = false;
  int width = 0;   // columns; 0: not a terminal, no limit
  int height = 0;  // rows; 0: unknown
};

/// Looks at standard output and the environment (NO_COLOR, TERM, COLUMNS). `color` is "auto", "always" or "never".
[[nodiscard]] Terminal inspect_terminal(std::string_view color);

/// `text` in `color` if the terminal shows colours, else as it is.
[[nodiscard]] std::string paint(const Terminal& terminal, Color color, std::string_view text);

/// Columns that UTF-8 `text` takes, one a character.
[[nodiscard]] std::size_t display_width(std::string_view text);
/// `text` cut to `width` columns, "…" at its end if something is missing.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);
/// `text` without control characters, which a terminal would obey: each becomes '?'.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace tradingd::ctl
