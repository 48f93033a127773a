#include "daemon/store/values.h"

#include "daemon/base/assert.h"

namespace tradingd::store {

std::optional<std::string> iso_time(std::string_view database_text) {
  if (database_text == "-infinity" || database_text == "infinity") {
    return std::nullopt;
  }
  constexpr std::size_t kDateLength = 10;
  TD_ASSERT(database_text.size() > kDateLength && database_text[kDateLength] == ' ' && database_text.ends_with("+00"));
  std::string text(database_text.substr(0, database_text.size() - 3));
  text[kDateLength] = 'T';
  return text + 'Z';
}

std::optional<Time> time_from_database(std::string_view database_text) {
  const auto text = iso_time(database_text);
  if (!text) {
    return std::nullopt;
  }
  return parse_time(*text).value();
}

std::string_view without_trailing_zeros(std::string_view decimal) {
  if (decimal.find('.') == std::string_view::npos) {
    return decimal;
  }
  const std::size_t last = decimal.find_last_not_of('0');
  return decimal.substr(0, decimal[last] == '.' ? last : last + 1);
}

void ArrayText::add(std::string_view element) {
  text_.append(text_.size() > 1 ? ",\"" : "\"");
  for (const char character : element) {
    if (character == '"' || character == '\\') {
      text_ += '\\';
    }
    text_ += character;
  }
  text_ += '"';
}

std::string ArrayText::finish() && { return std::move(text_) + "}"; }

}  // namespace tradingd::store
