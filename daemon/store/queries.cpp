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

std::size_t count_keys(const ListQuery& query) {
  return static_cast<std::size_t>(std::find(query.keys.begin(), query.keys.end(), "") - query.keys.begin());
}

std::size_t column_place(const ListQuery& query, std::string_view name) {
  const auto found =
      std::find_if(query.columns.begin(), query.columns.end(), [&](const Column& each) { return each.name == name; });
  TD_ASSERT(found != query.columns.end());
  return static_cast<std::size_t>(found - query.columns.begin());
}

/// Where the list goes on after `row`: the key's value, or the values of several in one text, a blank between them;
/// only the last of them may have blanks itself.
nlohmann::json cursor_of(const ListQuery& query, const nlohmann::json& row) {
  if (count_keys(query) == 1) {
    return row.at(column_place(query, query.keys[0]));
  }
  std::string text;
  for (std::size_t i = 0; i < count_keys(query); ++i) {
    const nlohmann::json& value = row.at(column_place(query, query.keys.at(i)));
    text += (i == 0 ? "" : " ") + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

/// A cursor as parameters, one for each key; false for what no page ever gave out.
bool append_cursor(const ListQuery& query, const nlohmann::json& cursor, Params& params) {
  if (!cursor.is_string() && !cursor.is_number_integer()) {
    return false;
  }
  std::string text = cursor.is_string() ? cursor.get<std::string>() : cursor.dump();
  for (std::size_t left = count_keys(query); left > 1; --left) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string::npos) {
      return false;
    }
    params.emplace_back(text.substr(0, blank));
    text.erase(0, blank + 1);
  }
  params.emplace_back(std::move(text));
  return true;
}

/// "(a.created_at, a.request_id)", or "($3, $4)".
std::string key_list(const ListQuery& query, std::optional<std::size_t> first_param) {
  std::string sql = "(";
  for (std::size_t i = 0; i < count_keys(query); ++i) {
    sql += i == 0 ? "" : ", ";
    sql += first_param ? "$" + std::to_string(*first_param + i)
                       : std::string(query.columns[column_place(query, query.keys.at(i))].sql);
  }
  return sql + ")";
}

std::string order_by(const ListQuery& query, bool reverse) {
  std::string sql = " ORDER BY ";
  for (std::size_t i = 0; i < count_keys(query); ++i) {
    sql.append(i == 0 ? "" : ", ").append(query.columns[column_place(query, query.keys.at(i))].sql);
    sql += reverse ? " DESC" : "";
  }
  return sql;
}

StoreError unusable_cursor() {
  return {StoreErrorKind::refused, "after: not a place in this list; give the \"next\" of the page before"};
}

/// SQLSTATE class 22, data exception: a cursor or filter that is no number or time.
bool is_data_exception(const DatabaseError& error) { return error.sqlstate().starts_with("22"); }

}  // namespace

StoreResult<Page> list(Connection& connection, ListName name, const Filters& filters, const PageRequest& page) {
  const ListQuery& query = list_query(name);
  const auto limit = static_cast<std::size_t>(std::clamp(page.limit, 1, kPageRowsMax));

  Params params;
  Filters conditions = filters;
  for (const std::string_view input : query.inputs) {
    const auto given = conditions.extract(std::string(input));
    params.push_back(given.empty() ? std::nullopt : std::optional(given.mapped()));
  }
  std::string sql = select_list(query.columns).append(" FROM ").append(query.from);
  sql += where(query.filters, conditions, params);
  if (!page.after.is_null()) {
    const std::size_t first = params.size() + 1;
    if (!append_cursor(query, page.after, params)) {
      return unusable_cursor();
    }
    sql += " AND " + key_list(query, std::nullopt) + (page.reverse ? " < " : " > ") + key_list(query, first);
  }
  sql += order_by(query, page.reverse);
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
      result.next = cursor_of(query, result.rows.back());
    }
    if (!result.rows.empty()) {
      result.last = cursor_of(query, result.rows.back());
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

nlohmann::json cursor_after(ListName name, const nlohmann::json& row) { return cursor_of(list_query(name), row); }

nlohmann::json page_to_json(Page page) {
  return {{"columns", std::move(page.columns)}, {"rows", std::move(page.rows)}, {"next", std::move(page.next)}};
}

}  // namespace tradingd::store
