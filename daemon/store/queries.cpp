#include "daemon/store/queries.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "daemon/base/assert.h"
#include "daemon/store/connection.h"
#include "daemon/store/values.h"

namespace tradingd::store {

namespace {

nlohmann::json integer_value(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  TD_ASSERT(error == std::errc{} && end == text.data() + text.size());
  return number;
}

nlohmann::json value_of(ValueKind kind, std::string_view text) {
  switch (kind) {
    case ValueKind::text:
      return text;
    case ValueKind::integer:
      return integer_value(text);
    case ValueKind::boolean:
      return text == "t";
    case ValueKind::decimal:
      return without_trailing_zeros(text);
    case ValueKind::time: {
      auto time = iso_time(text);
      return time ? nlohmann::json(std::move(*time)) : nlohmann::json();
    }
    case ValueKind::json:
      return nlohmann::json::parse(text);
    case ValueKind::bytes:
      return text.substr(text.starts_with("\\x") ? 2 : 0);
  }
  TD_ASSERT(false);
}

nlohmann::json value_at(const Rows& rows, int row, int column, ValueKind kind) {
  return rows.is_null(row, column) ? nlohmann::json() : value_of(kind, rows.text(row, column));
}

std::string select_list(std::span<const Column> columns) {
  std::string sql = "SELECT ";
  for (const Column& column : columns) {
    sql.append(&column == columns.data() ? "" : ", ").append(column.sql);
  }
  return sql;
}

/// " WHERE …" for the values given, which are appended to `params`.
std::string where(std::span<const Filter> table, const Filters& filters, Params& params) {
  std::string sql = " WHERE true";
  std::size_t used = 0;
  for (const Filter& filter : table) {
    const auto given = filters.find(filter.name);
    TD_ASSERT(given != filters.end() || !filter.required);
    if (given == filters.end()) {
      continue;
    }
    params.emplace_back(given->second);
    const std::size_t place = filter.sql.find('$');
    sql.append(" AND ").append(filter.sql.substr(0, place + 1)).append(std::to_string(params.size()));
    ++used;
  }
  TD_ASSERT(used == filters.size());
  return sql;
}

/// A cursor as a parameter; nullopt for what no page ever gave out.
std::optional<std::string> cursor_text(const nlohmann::json& cursor) {
  if (cursor.is_string()) {
    return cursor.get<std::string>();
  }
  if (cursor.is_number_integer()) {
    return std::to_string(cursor.get<std::int64_t>());
  }
  return std::nullopt;
}

StoreError unusable_cursor() {
  return {StoreErrorKind::refused, "after: not a place in this list; give the \"next\" of the page before"};
}

/// SQLSTATE class 22, data exception: a cursor or filter that is no number or time.
bool is_data_exception(const DatabaseError& error) { return error.sqlstate().starts_with("22"); }

}  // namespace

StoreResult<Page> list(Connection& connection, ListName name, const Filters& filters, const PageRequest& page) {
  const ListQuery& query = list_query(name);
  const auto key = std::find_if(query.columns.begin(), query.columns.end(),
                                [&](const Column& each) { return each.name == query.key; });
  TD_ASSERT(key != query.columns.end());
  const auto limit = static_cast<std::size_t>(std::clamp(page.limit, 1, kPageRowsMax));

  Params params;
  std::string sql = select_list(query.columns).append(" FROM ").append(query.from);
  sql += where(query.filters, filters, params);
  if (!page.after.is_null()) {
    auto after = cursor_text(page.after);
    if (!after) {
      return unusable_cursor();
    }
    params.emplace_back(std::move(after));
    sql.append(" AND ").append(key->sql).append(page.reverse ? " < $" : " > $").append(std::to_string(params.size()));
  }
  sql.append(" ORDER BY ").append(key->sql).append(page.reverse ? " DESC" : "");
  sql.append(" LIMIT ").append(std::to_string(limit + 1));  // one more tells whether there is a next page

  try {
    const Rows rows = connection.exec(sql, params);
    Page result;
    for (const Column& column : query.columns) {
      result.columns.emplace_back(column.name);
    }
    const std::size_t size = std::min(limit, static_cast<std::size_t>(rows.size()));
    result.rows.reserve(size);
    for (std::size_t number = 0; number < size; ++number) {
      nlohmann::json values = nlohmann::json::array();
      int place = 0;
      for (const Column& column : query.columns) {
        values.push_back(value_at(rows, static_cast<int>(number), place++, column.kind));
      }
      result.rows.push_back(std::move(values));
    }
    if (static_cast<std::size_t>(rows.size()) > limit) {
      result.next = result.rows.back()[static_cast<std::size_t>(key - query.columns.begin())];
    }
    return result;
  } catch (const DatabaseError& error) {
    if (is_data_exception(error)) {
      return unusable_cursor();
    }
    return to_store_error(error);
  }
}

StoreResult<std::optional<nlohmann::json>> row(Connection& connection, RowName name, const Filters& filters) {
  const RowQuery& query = row_query(name);
  TD_ASSERT(!filters.empty());
  Params params;
  std::string sql = select_list(query.columns).append(" FROM ").append(query.from);
  sql += where(query.filters, filters, params);
  try {
    const Rows rows = connection.exec(sql, params);
    if (rows.empty()) {
      return std::optional<nlohmann::json>();
    }
    nlohmann::json object = nlohmann::json::object();
    int place = 0;
    for (const Column& column : query.columns) {
      object[std::string(column.name)] = value_at(rows, 0, place++, column.kind);
    }
    return std::optional(std::move(object));
  } catch (const DatabaseError& error) {
    return to_store_error(error);
  }
}

nlohmann::json page_to_json(Page page) {
  return {{"columns", std::move(page.columns)}, {"rows", std::move(page.rows)}, {"next", std::move(page.next)}};
}

}  // namespace tradingd::store
