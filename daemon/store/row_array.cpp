#include "daemon/store/row_array.h"

#include <charconv>

namespace tradingd::store {

namespace {

// A character is escaped twice, for the composite and for the array around it.
constexpr std::string_view kQuote = R"(\")";
constexpr std::string_view kEscapedQuote = R"(\\\")";
constexpr std::string_view kEscapedBackslash = R"(\\\\)";

void append_integer(std::string& text, std::int64_t value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  TD_ASSERT(error == std::errc{});
  text.append(digits, end);
}

void append_json_string(std::string& json, std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  json += '"';
  for (const char character : value) {
    if (character == '"' || character == '\\') {
      json += '\\';
      json += character;
    } else if (static_cast<unsigned char>(character) < 0x20) {
      json += "\\u00";
      json += kHex[static_cast<unsigned char>(character) >> 4];
      json += kHex[static_cast<unsigned char>(character) & 0xf];
    } else {
      json += character;
    }
  }
  json += '"';
}

}  // namespace

void RowArray::clear() {
  buffer_.assign("{");
  rows_ = 0;
}

void RowArray::begin_row() {
  buffer_ += rows_++ == 0 ? "\"(" : ",\"(";
  first_field_ = true;
}

void RowArray::end_row() { buffer_ += ")\""; }

void RowArray::separate() {
  if (!first_field_) buffer_ += ',';
  first_field_ = false;
}

void RowArray::null() { separate(); }

void RowArray::integer(std::int64_t value) {
  separate();
  append_integer(buffer_, value);
}

void RowArray::boolean(bool value) { word(value ? "t" : "f"); }

void RowArray::units(Int128 units) {
  separate();
  append_units(buffer_, units);
}

void RowArray::time(Time value) {
  // A batch's rows are of a few times only.
  if (value != last_time_) {
    last_time_ = value;
    last_time_text_ = value == kTimeMin ? "-infinity" : format_time(value);
  }
  word(last_time_text_);
}

void RowArray::date(Date value) { word(format_date(value)); }

void RowArray::digest(const Digest& value) {
  separate();
  buffer_ += kEscapedBackslash;
  buffer_ += 'x';
  buffer_ += to_hex(value);
}

void RowArray::text(std::string_view value) {
  separate();
  buffer_ += kQuote;
  std::size_t from = 0;
  for (std::size_t at = value.find_first_of("\"\\"); at != std::string_view::npos;
       at = value.find_first_of("\"\\", from)) {
    buffer_.append(value.substr(from, at - from));
    buffer_ += value[at] == '"' ? kEscapedQuote : kEscapedBackslash;
    from = at + 1;
  }
  buffer_.append(value.substr(from));
  buffer_ += kQuote;
}

void RowArray::word(std::string_view value) {
  separate();
  buffer_ += value;
}

void RowArray::fields(const engine::Fields& fields) {
  json_.assign("{");
  for (const auto& [name, value] : fields) {
    if (json_.size() > 1) json_ += ',';
    append_json_string(json_, name);
    json_ += ':';
    append_json_string(json_, value);
  }
  json_ += '}';
  text(json_);
}

std::string RowArray::finish() { return buffer_ + "}"; }

}  // namespace tradingd::store
