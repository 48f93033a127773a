// The page: whole in itself, safe with any text, with its figures in words.
#include "daemon/report/page.h"

#include <boost/test/unit_test.hpp>

namespace tradingd::report {
namespace {

Document some_document() {
  Document document;
  document.title = "Run 3: <script>alert(1)</script>";
  document.subtitle = "of alice & \"bob\"";
  document.history.flows.push_back({midnight_utc(Date{4}), 1000});
  for (int i = 0; i < 5000; ++i) {
    document.history.equity.push_back({midnight_utc(Date{4 + i}), 1000.0 + i % 50, 400});
  }
  document.performance = measure(document.history);
  document.prices.push_back({"A<B",
                             {{midnight_utc(Date{4}), 10}, {midnight_utc(Date{5}), 11}},
                             {{midnight_utc(Date{4}), 10, true, "5 at 10"}}});
  document.tables.push_back({"Orders", {"Id", "Symbol"}, {true, false}, {{"1", "A<B"}}, "None."});
  document.tables.push_back({"Rejected", {"Id"}, {true}, {}, "No order was rejected."});
  document.verdict = "bit_exact";
  document.digest = "abc";
  return document;
}

BOOST_AUTO_TEST_SUITE(page)

BOOST_AUTO_TEST_CASE(nothing_comes_from_elsewhere_and_no_text_becomes_markup) {
  const std::string html = render_page(some_document());
  for (const char* wrong : {"<script", "src=", "href=\"http", "url(http", "@import", "A<B"}) {
    BOOST_TEST(html.find(wrong) == std::string::npos, wrong);
  }
  // The one namespace is a name, not a resource.
  BOOST_TEST(html.find("&lt;script&gt;alert(1)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_has_what_was_asked_for) {
  const std::string html = render_page(some_document());
  for (const char* part : {"id=\"equity-t\"", "id=\"drawdown-t\"", "id=\"allocation-t\"", "Monthly returns",
                           "Trades on prices", "Orders", "No order was rejected.", "bit_exact", "abc", "Drawdowns",
                           "prefers-color-scheme:dark", "@media print", "role=\"img\"", "<caption>", "lang=\"en\""}) {
    BOOST_TEST(html.find(part) != std::string::npos, part);
  }
}

BOOST_AUTO_TEST_CASE(a_long_curve_is_thinned_to_its_extremes) {
  const Chart chart = charts_of(some_document()).front();
  BOOST_TEST(chart.series.front().points.size() == 5000U);
  BOOST_TEST(render_chart(chart).size() < 90'000U);
}

BOOST_AUTO_TEST_CASE(a_run_without_a_tick_has_a_page_all_the_same) {
  Document document;
  document.title = "Run 1";
  document.performance = measure({});
  const std::string html = render_page(document);
  BOOST_TEST(html.find("no tick has come since the run was started") != std::string::npos);
  BOOST_TEST(html.find("<svg") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_picture_of_its_own_needs_no_css_variables) {
  const Document document = some_document();
  const std::string svg = render_chart(charts_of(document).front(), true);
  BOOST_TEST(svg.find("var(--") == std::string::npos);
  BOOST_TEST(svg.find("#0b5fce") != std::string::npos);
  BOOST_TEST(render_page(document).find("var(--equity)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_point_is_drawn_too) {
  const Chart chart{"x", "X", "", Unit::amount, {{"x", "equity", {{midnight_utc(Date{4}), 5}}, false}}, {}};
  BOOST_TEST(render_chart(chart).find("<circle") != std::string::npos);
  BOOST_TEST(render_chart(chart).find("nan") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(numbers_as_people_write_them) {
  BOOST_TEST(amount_text(1234567.891) == "1,234,567.89");
  BOOST_TEST(amount_text(-1234.5) == "−1,234.50");
  BOOST_TEST(amount_text(-0.001) == "0.00");
  BOOST_TEST(amount_text(999, 0) == "999");
  BOOST_TEST(share_text(0.1234) == "12.34 %");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tradingd::report
