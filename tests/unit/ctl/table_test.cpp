// What people see: cells, tables, rows; and what programs get: JSON and CSV.
#include "ctl/table.h"

#include <boost/test/unit_test.hpp>

#include "ctl/cells.h"
#include "ctl/output.h"

using namespace tradingd::ctl;
using nlohmann::json;

namespace {

class TextSink final : public Sink {
 public:
  std::string text;
  bool write(std::string_view more) override {
    text += more;
    return true;
  }
};

const json kColumns = {"order_id", "symbol", "quantity", "realized_pnl", "note"};

std::string print(Format format, const std::vector<json>& pages, const Terminal& terminal = {}, bool wide = false) {
  TextSink sink;
  const auto printer = make_list_printer(format, "order.list", wide, terminal, sink);
  for (const json& rows : pages) printer->page(kColumns, rows);
  printer->finish();
  return sink.text;
}

json row(int id, const json& note = nullptr) { return {id, "AAPL", "10", "-1234567.5", note}; }

}  // namespace

BOOST_AUTO_TEST_CASE(cells_table) {
  BOOST_TEST(grouped("1234567.12345678") == "1,234,567.12345678");
  BOOST_TEST(grouped("-123") == "-123");
  BOOST_TEST(grouped("-1234") == "-1,234");
  BOOST_TEST(grouped("999999999999999999999") == "999,999,999,999,999,999,999");
  BOOST_TEST(with_decimals("5", 2) == "5.00");
  BOOST_TEST(with_decimals("5.125", 2) == "5.125");
  for (const char* good : {"0", "-1", "1.5", "0.00000001"}) BOOST_TEST(is_decimal(good));
  for (const char* bad : {"", "-", "1.", ".5", "1e3", "1,000", "+1", "1.2.3", "2020-04-17"})
    BOOST_TEST(!is_decimal(bad));
  BOOST_TEST((color_of("realized_pnl", "-0.01") == Color::red));
  BOOST_TEST((color_of("realized_pnl", "0.00") == Color::none));
  BOOST_TEST((color_of("realized_pnl", "3") == Color::green));
  BOOST_TEST((color_of("status", "REJECTED") == Color::red));
  BOOST_TEST((color_of("symbol", "REJECTED") == Color::none));
}

BOOST_AUTO_TEST_CASE(text_width_and_cutting) {
  BOOST_TEST(display_width("Grüße") == 5U);
  BOOST_TEST(cut("Grüße", 5) == "Grüße");
  BOOST_TEST(cut("Grüße", 4) == "Grü…");
  BOOST_TEST(cut("Grüße", 0) == "");
  BOOST_TEST(printable("a\x1b[31mb\n") == "a?[31mb?");
}

BOOST_AUTO_TEST_CASE(table_aligns_and_drops_empty_columns) {
  BOOST_TEST(print(Format::people, {json::array({row(1), row(12)})}) ==
             "order_id  symbol  quantity  realized_pnl\n"
             "       1  AAPL          10  -1,234,567.5\n"
             "      12  AAPL          10  -1,234,567.5\n");
}

BOOST_AUTO_TEST_CASE(table_wide_shows_all_columns) {
  const std::string text = print(Format::people, {json::array({row(1)})}, {}, true);
  BOOST_TEST(text.find("note") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(table_pads_decimals_in_a_column) {
  Table table("", false, {});
  BOOST_TEST(table.render({"cash"}, {{"100"}, {"2.25"}}) == "  cash\n100.00\n  2.25\n");
}

BOOST_AUTO_TEST_CASE(table_later_pages_keep_the_layout) {
  const std::string text = print(Format::people, {json::array({row(1)}), json::array({row(1'000'000'000, "late")})});
  BOOST_TEST(text ==
             "order_id  symbol  quantity  realized_pnl\n"
             "       1  AAPL          10  -1,234,567.5\n"
             "1000000000  AAPL          10  -1,234,567.5\n");
}

BOOST_AUTO_TEST_CASE(table_fits_the_terminal_by_cutting_text_only) {
  Terminal terminal;
  terminal.width = 52;
  const std::string text = print(Format::people, {json::array({row(1, std::string(100, 'x'))})}, terminal);
  BOOST_TEST(text ==
             "order_id  symbol  quantity  realized_pnl  note\n"
             "       1  AAPL          10  -1,234,567.5  xxxxxxxxx…\n");
}

BOOST_AUTO_TEST_CASE(table_shows_no_escape_sequences_of_others) {
  const std::string text = print(Format::people, {json::array({row(1, "\x1b[2Jgone")})});
  BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(table_colors_only_where_wanted) {
  Terminal terminal;
  terminal.color = true;
  const json rows = json::array({row(1)});
  BOOST_TEST(print(Format::people, {rows}, terminal).find("\x1b[31m-1,234,567.5\x1b[0m") != std::string::npos);
  BOOST_TEST(print(Format::people, {rows}).find('\x1b') == std::string::npos);
  BOOST_TEST(print(Format::json, {rows}, terminal).find('\x1b') == std::string::npos);
  BOOST_TEST(print(Format::csv, {rows}, terminal).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(list_as_json_over_pages) {
  const std::string text = print(Format::json, {json::array({row(1)}), json::array(), json::array({row(2, "a\"b")})});
  const json parsed = json::parse(text);
  BOOST_TEST(parsed.size() == 2U);
  BOOST_TEST(parsed[0] == json({{"order_id", 1},
                                {"symbol", "AAPL"},
                                {"quantity", "10"},
                                {"realized_pnl", "-1234567.5"},
                                {"note", nullptr}}));
  BOOST_TEST(parsed[1]["note"] == "a\"b");
  BOOST_TEST(text.find("order_id") < text.find("symbol"));
  BOOST_TEST(print(Format::json, {}) == "[]\n");
}

BOOST_AUTO_TEST_CASE(list_as_csv) {
  BOOST_TEST(print(Format::csv, {json::array({row(1, "a,b")}), json::array({row(2, "say \"x\"")})}) ==
             "order_id,symbol,quantity,realized_pnl,note\n"
             "1,AAPL,10,-1234567.5,\"a,b\"\n"
             "2,AAPL,10,-1234567.5,\"say \"\"x\"\"\"\n");
}

BOOST_AUTO_TEST_CASE(row_for_people) {
  const json row = {{"order_id", 7},
                    {"cash", "1234.5"},
                    {"nothing", nullptr},
                    {"database", {{"state", "up"}}},
                    {"feeds", json::array({json{{"name", "us"}, {"rows", 1000}}})}};
  BOOST_TEST(render_row(Format::people, row, {}) ==
             "order_id  7\n"
             "cash      1,234.5\n"
             "database\n"
             "  state  up\n"
             "feeds\n"
             "  name   rows\n"
             "  us    1,000\n");
  BOOST_TEST(json::parse(render_row(Format::json, row, {})) == row);
  BOOST_TEST(render_row(Format::csv, {{"b", 1}, {"a", nullptr}}, {}) == "a,b\n,1\n");
}
