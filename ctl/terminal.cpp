#include "ctl/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace tradingd::ctl {

namespace {

/// In the order of Color.
constexpr const char* kCodes[] = {"", "31", "32", "33", "34", "35", "36", "1", "2"};

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view(value);
}

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80; }

}  // namespace

Terminal inspect_terminal(std::string_view color) {
  Terminal terminal;
  terminal.interactive = ::isatty(STDOUT_FILENO) == 1;
  if (terminal.interactive) {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    terminal.width = known ? size.ws_col : 80;
    terminal.height = known ? size.ws_row : 24;
  }
  const bool wanted = terminal.interactive && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  terminal.color = color == "always" || (color != "never" && wanted);
  return terminal;
}

std::string paint(const Terminal& terminal, Color color, std::string_view text) {
  if (!terminal.color || color == Color::none) return std::string(text);
  return std::string("\x1b[") + kCodes[static_cast<std::size_t>(color)] + "m" + std::string(text) + "\x1b[0m";
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const char byte : text) width += starts_character(byte) ? 1U : 0U;
  return width;
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t end = 0;
  std::size_t taken = 0;
  while (end < text.size() && (!starts_character(text[end]) || taken < width - 1)) {
    taken += starts_character(text[end]) ? 1U : 0U;
    ++end;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string printable(std::string_view text) {
  std::string clean(text);
  for (char& byte : clean) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x20 || code == 0x7f) byte = '?';
  }
  return clean;
}

}  // namespace tradingd::ctl
