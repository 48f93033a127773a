#include "daemon/store/row_array.h"

#include <array>
#include <limits>

#include "daemon/base/assert.h"

namespace tradingd::store {

namespace {

// PostgreSQL counts from 2000-01-01.
constexpr std::int32_t kEpochDays = 10'957;
constexpr std::int64_t kEpochUs = kEpochDays * kMicrosecondsPerDay;
constexpr std::size_t kArrayHeader = 5 * sizeof(std::int32_t);  // dimensions, nulls, element type, length, lower bound

template <typename Integer>
void append(std::string& bytes, Integer value) {
  const auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
  std::array<char, sizeof value> big_endian{};
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    big_endian[i] = static_cast<char>(static_cast<std::uint8_t>(bits >> (8 * (sizeof value - 1 - i))));
  }
  bytes.append(big_endian.data(), big_endian.size());
}

void overwrite(std::string& bytes, std::size_t at, std::uint32_t value) {
  std::string big_endian;
  append(big_endian, value);
  bytes.replace(at, big_endian.size(), big_endian);
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

/// A numeric's digits to the base of 10,000, most significant first. The scale of 1e-8 is two of them.
struct NumericDigits {
  static constexpr int kBase = 10'000;
  static constexpr int kFractionDigits = kScaleDigits / 4;
  static constexpr std::size_t kMax = 12;  // 128 bits have 39 decimal digits

  explicit NumericDigits(Int128 units) : negative(units < 0) {
    // The magnitude as unsigned, so that the most negative value has one.
    __extension__ using Unsigned128 = unsigned __int128;
    Unsigned128 rest = negative ? -static_cast<Unsigned128>(units) : static_cast<Unsigned128>(units);
    std::size_t at = kMax;
    while (rest > std::numeric_limits<std::uint64_t>::max()) {
      digits[--at] = static_cast<std::int16_t>(rest % kBase);
      rest /= kBase;
    }
    for (auto small = static_cast<std::uint64_t>(rest); small != 0; small /= kBase) {
      digits[--at] = static_cast<std::int16_t>(small % kBase);
    }
    first = at;
    weight = static_cast<int>(kMax - first) - 1 - kFractionDigits;
    while (last > first && digits[last - 1] == 0) --last;
    if (last == first) weight = 0;
  }

  std::array<std::int16_t, kMax> digits{};
  std::size_t first = 0;
  std::size_t last = kMax;
  int weight = 0;  // of the first digit, in powers of the base
  bool negative;
};

}  // namespace

void RowArray::clear() {
  buffer_.clear();
  rows_ = 0;
}

void RowArray::begin_row() {
  if (rows_++ == 0) buffer_.assign(kArrayHeader, '\0');
  row_start_ = buffer_.size();
  append(buffer_, std::int32_t{0});  // the row's length, known at its end
  append(buffer_, static_cast<std::int32_t>(columns_.size()));
  next_column_ = 0;
}

void RowArray::end_row() {
  TD_ASSERT(next_column_ == columns_.size());
  overwrite(buffer_, row_start_, static_cast<std::uint32_t>(buffer_.size() - row_start_ - sizeof(std::int32_t)));
}

void RowArray::column(ColumnType type, std::size_t length) {
  TD_ASSERT(next_column_ < columns_.size() && columns_[next_column_] == type);
  ++next_column_;
  append(buffer_, static_cast<Oid>(type));
  append(buffer_, static_cast<std::int32_t>(length));
}

void RowArray::null() {
  TD_ASSERT(next_column_ < columns_.size());
  append(buffer_, static_cast<Oid>(columns_[next_column_++]));
  append(buffer_, std::int32_t{-1});
}

void RowArray::integer(std::int64_t value) {
  if (next_column_ < columns_.size() && columns_[next_column_] == ColumnType::integer) {
    column(ColumnType::integer, sizeof(std::int32_t));
    append(buffer_, static_cast<std::int32_t>(value));
  } else {
    column(ColumnType::bigint, sizeof value);
    append(buffer_, value);
  }
}

void RowArray::boolean(bool value) {
  column(ColumnType::boolean, 1);
  buffer_ += static_cast<char>(value ? 1 : 0);
}

void RowArray::units(Int128 units) {
  constexpr std::int16_t kNegative = 0x4000;
  const NumericDigits number(units);
  const std::size_t count = number.last - number.first;
  column(ColumnType::numeric, (4 + count) * sizeof(std::int16_t));
  append(buffer_, static_cast<std::int16_t>(count));
  append(buffer_, static_cast<std::int16_t>(number.weight));
  append(buffer_, static_cast<std::int16_t>(number.negative ? kNegative : 0));
  append(buffer_, static_cast<std::int16_t>(kScaleDigits));
  for (std::size_t i = number.first; i < number.last; ++i) append(buffer_, number.digits[i]);
}

void RowArray::time(Time value) {
  column(ColumnType::timestamptz, sizeof value.us);
  append(buffer_, value == kTimeMin ? std::numeric_limits<std::int64_t>::min() : value.us - kEpochUs);
}

void RowArray::date(Date value) {
  column(ColumnType::date, sizeof value.days);
  append(buffer_, value.days - kEpochDays);
}

void RowArray::digest(const Digest& value) {
  column(ColumnType::bytea, value.size());
  buffer_.append(value.begin(), value.end());
}

void RowArray::text(std::string_view value) {
  column(ColumnType::text, value.size());
  buffer_ += value;
}

void RowArray::json(std::string_view document) {
  constexpr char kVersion = 1;
  column(ColumnType::jsonb, 1 + document.size());
  buffer_ += kVersion;
  buffer_ += document;
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
  json(json_);
}

std::string_view RowArray::finish(Oid element) {
  if (rows_ == 0) buffer_.assign(3 * sizeof(std::int32_t), '\0');
  overwrite(buffer_, 2 * sizeof(std::int32_t), element);
  if (rows_ > 0) {
    overwrite(buffer_, 0, 1);
    overwrite(buffer_, 3 * sizeof(std::int32_t), static_cast<std::uint32_t>(rows_));
    overwrite(buffer_, 4 * sizeof(std::int32_t), 1);
  }
  return buffer_;
}

void encode_integers(std::string& buffer, std::span<const std::int32_t> values) {
  buffer.clear();
  append(buffer, std::int32_t{values.empty() ? 0 : 1});
  append(buffer, std::int32_t{0});
  append(buffer, static_cast<Oid>(ColumnType::integer));
  if (values.empty()) return;
  append(buffer, static_cast<std::int32_t>(values.size()));
  append(buffer, std::int32_t{1});
  for (const std::int32_t value : values) {
    append(buffer, static_cast<std::int32_t>(sizeof value));
    append(buffer, value);
  }
}

void encode_bigint(std::string& buffer, std::int64_t value) {
  buffer.clear();
  append(buffer, value);
}

void encode_boolean(std::string& buffer, bool value) { buffer.assign(1, static_cast<char>(value ? 1 : 0)); }

}  // namespace tradingd::store
