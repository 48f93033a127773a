#pragma once
// Rows as a PostgreSQL array of composites in its binary format (array_recv and record_recv of the server's
// sources: big-endian, each value with its length, each column with its type). Appends to one buffer and keeps
// it, since it is filled for every batch.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/base/decimal.h"
#include "daemon/base/digest.h"
#include "daemon/base/time.h"
#include "daemon/engine/effects.h"

namespace tradingd::store {

/// An object identifier of the server's.
using Oid = std::uint32_t;

/// The types of columns, by their identifiers in pg_type.dat, which are the same in every cluster.
enum class ColumnType : Oid {
  boolean = 16,
  bytea = 17,
  bigint = 20,
  integer = 23,
  text = 25,
  date = 1082,
  timestamptz = 1184,
  numeric = 1700,
  jsonb = 3802,
};

/// Call begin_row, one function per column, end_row; for each row. A column's function must fit its type.
class RowArray {
 public:
  /// `columns`: of the composite type, in order; must outlive this.
  explicit RowArray(std::span<const ColumnType> columns) : columns_(columns) {}

  void clear();
  void begin_row();
  void end_row();

  void null();
  /// A bigint or an integer.
  void integer(std::int64_t value);
  void boolean(bool value);
  void units(Int128 units);
  /// kTimeMin is -infinity.
  void time(Time value);
  void date(Date value);
  void digest(const Digest& value);
  void text(std::string_view value);
  /// A JSON document, as text.
  void json(std::string_view document);
  /// A JSON object of strings.
  void fields(const engine::Fields& fields);

  template <typename Tag, typename Representation>
  void decimal(Decimal<Tag, Representation> value) {
    units(value.units);
  }
  template <typename Tag, typename Representation>
  void decimal(const std::optional<Decimal<Tag, Representation>>& value) {
    value ? units(value->units) : null();
  }

  [[nodiscard]] std::int32_t rows() const { return rows_; }
  /// The array, as one of `element`s: the composite type's identifier in this database. Valid until the next call.
  [[nodiscard]] std::string_view finish(Oid element);

 private:
  void column(ColumnType type, std::size_t length);

  std::span<const ColumnType> columns_;
  std::string buffer_;
  std::string json_;
  std::size_t next_column_ = 0;
  std::size_t row_start_ = 0;
  std::int32_t rows_ = 0;
};

/// An integer[] in the same format; replaces `buffer`.
void encode_integers(std::string& buffer, std::span<const std::int32_t> values);
/// A bigint and a boolean.
void encode_bigint(std::string& buffer, std::int64_t value);
void encode_boolean(std::string& buffer, bool value);

}  // namespace tradingd::store
