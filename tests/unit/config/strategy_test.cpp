#include "daemon/config/strategy.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "daemon/config/costs.h"
#include "daemon/engine/schedule.h"

namespace tradingd::config {
namespace {

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string errors_of(const std::string& toml) {
  const auto parsed = parse_strategy(toml, "f");
  return parsed ? "" : parsed.error().message;
}

std::string canonical(const std::string& toml) {
  const auto parsed = parse_strategy(toml, "f");
  BOOST_TEST_REQUIRE(parsed.ok(), (parsed.ok() ? "" : parsed.error().message));
  return parsed->canonical_json;
}

const std::string sip_file = "strategy='sip'\n[sip]\namount='500'\nevery='monthly'\n[sip.weights]\nSPX='1'\n";

}  // namespace

BOOST_AUTO_TEST_CASE(the_shipped_examples_are_valid) {
  struct Case {
    const char* file;
    const char* strategy;
    const char* json;
  };
  const Case cases[] = {
      {"manual.toml", "manual",
       R"({"fees":{"amount":"1.5","kind":"fixed"},"fill_at":"close","limits":{"allowed_symbols":[],"forbidden_symbols":["GME"],)"
       R"("max_open_orders":20,"max_order_notional":"20000","max_position_value":"50000"},"market_buffer":"0.02",)"
       R"("quantity_step":"1","slippage":{"kind":"none"},"strategy":"manual"})"},
      {"sip.toml", "sip",
       R"({"fees":{"kind":"none"},"fill_at":"close","limits":{"allowed_symbols":[],"forbidden_symbols":[]},"market_buffer":"0.02",)"
       R"("quantity_step":"0.0001","sip":{"amount":"500","catch_up":"run_all","day":1,"every":"monthly","funding":"deposit",)"
       R"("residue":"carry","weights":{"SPX":"1"}},"slippage":{"kind":"none"},"strategy":"sip"})"},
      {"rebalance.toml", "rebalance",
       R"({"fees":{"bps":"5","kind":"bps"},"fill_at":"close","limits":{"allowed_symbols":[],"forbidden_symbols":[]},)"
       R"("market_buffer":"0.02","quantity_step":"0.0001","rebalance":{"band":"0.1","cash":"0.04","day":1,"every":"quarterly",)"
       R"("min_order":"100","weights":{"AAPL":"0.24","AMZN":"0.24","IBM":"0.24","MSFT":"0.24"}},)"
       R"("slippage":{"bps":"2","kind":"bps"},"strategy":"rebalance"})"},
      {"sip-rebalance.toml", "sip+rebalance",
       R"({"fees":{"kind":"none"},"fill_at":"close","limits":{"allowed_symbols":[],"forbidden_symbols":[]},"market_buffer":"0.02",)"
       R"("quantity_step":"0.0001","rebalance":{"cash":"0","day":1,"every":"yearly","min_order":"50","weights":{"AAPL":"0.5",)"
       R"("MSFT":"0.5"}},"sip":{"amount":"1000","catch_up":"run_last","day":"month_end","end":"2009-12-31","every":"monthly",)"
       R"("funding":"cash","residue":"carry","start":"2000-01-31","weights":{"AAPL":"0.5","MSFT":"0.5"}},"slippage":{"kind":"none"},)"
       R"("strategy":"sip+rebalance"})"},
  };
  const std::filesystem::path folder = std::filesystem::path(TD_SOURCE_DIR) / "packaging/examples";
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.file) {
      const auto parsed = parse_strategy(slurp(folder / c.file), c.file);
      BOOST_TEST_REQUIRE(parsed.ok(), (parsed.ok() ? "" : parsed.error().message));
      BOOST_TEST(parsed->strategy == c.strategy);
      BOOST_TEST(parsed->canonical_json == c.json);
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") {
      BOOST_TEST(parse_strategy(slurp(entry.path()), entry.path().string()).ok(), entry.path());
    }
  }
}

BOOST_AUTO_TEST_CASE(stored_configurations_read_back_the_same) {
  const std::string full =
      "strategy='sip+rebalance'\nfill_at='next_open'\nquantity_step='0.5'\nmarket_buffer='0.03'\n"
      "[fees]\nkind='bps'\nbps='12.3456'\n[slippage]\nkind='bps'\nbps=7\n"
      "[limits]\nmax_position_quantity='10'\nmax_position_value=1\nmax_order_notional='2'\nmax_open_orders=3\n"
      "max_position_share='0.5'\nmin_order_notional=1\nmax_gross_exposure=5\nprice_collar='0.1'\nmax_price_age_s=60\n"
      "max_daily_orders=9\nmax_orders_per_minute=4\nmax_daily_loss='7.5'\nmax_drawdown='0.2'\n"
      "forbidden_symbols=['Z','Y','Z']\nallowed_symbols=['B','A']\n"
      "[sip]\namount='10.5'\nevery='weekly'\nstart=2001-02-03\nend='2002-02-03'\nfunding='deposit'\ncatch_up='skip'\n"
      "[sip.weights]\nA=1\n[rebalance]\nband='0.05'\nrelative_band='0.25'\ncooldown_days=30\n[rebalance.weights]\nA='0."
      "25'\nB='0.75'\n";
  for (const std::string& toml : {std::string("strategy='manual'"), sip_file, full}) {
    BOOST_TEST_CONTEXT(toml) {
      const auto first = parse_strategy(toml, "f");
      BOOST_TEST_REQUIRE(first.ok(), (first.ok() ? "" : first.error().message));
      const auto second = strategy_from_json(first->canonical_json);
      BOOST_TEST_REQUIRE(second.ok(), (second.ok() ? "" : second.error().message));
      BOOST_TEST(second->canonical_json == first->canonical_json);
      BOOST_TEST(to_hex(second->hash) == to_hex(first->hash));
      BOOST_TEST(to_hex(first->hash) == to_hex(digest_of(first->canonical_json)));
    }
  }
  const auto config = parse_strategy(full, "f")->config;
  BOOST_TEST(to_string(config.fee.versions.at(0).components.at(0).rate) == "0.00123456");
  BOOST_TEST(to_string(config.slippage.rate) == "0.0007");
  BOOST_TEST(bool(config.fill_at == engine::FillAt::next_open));
  BOOST_TEST(config.sip->deposit);
  BOOST_TEST(!config.rebalance->schedule.has_value());
  BOOST_TEST(to_string(config.rebalance->targets[1].weight) == "0.75");
  BOOST_TEST(to_string(config.rebalance->relative_band.value()) == "0.25");
  BOOST_TEST(config.rebalance->cooldown_days == 30);
  BOOST_TEST(config.limits.forbidden_symbols.size() == 2U);
  BOOST_TEST(config.limits.max_orders_per_minute.value() == 4);
  BOOST_TEST(to_string(config.limits.max_daily_loss.value()) == "7.5");
}

BOOST_AUTO_TEST_CASE(fees_and_residue_read_back_the_same) {
  const std::string toml =
      "strategy='sip'\n[fees]\nkind='per_share'\namount='0.005'\nminimum='1'\n"
      "[sip]\namount='500'\nevery='monthly'\nresidue='keep'\n[sip.weights]\nSPX='1'\n";
  const auto first = parse_strategy(toml, "f");
  BOOST_TEST_REQUIRE(first.ok(), (first.ok() ? "" : first.error().message));
  BOOST_TEST(to_string(first->config.fee.versions.at(0).components.at(0).per_share) == "0.005");
  BOOST_TEST(to_string(first->config.fee.versions.at(0).components.at(0).minimum) == "1");
  BOOST_TEST(!first->config.sip->carry_residue);
  BOOST_TEST(strategy_from_json(first->canonical_json).value().canonical_json == first->canonical_json);
  BOOST_TEST(errors_of("strategy='manual'\n[fees]\nkind='fixed'\namount=1\nminimum=1\n").find("fees.minimum") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(shipped_schedules_are_written_out_in_the_run) {
  for (const std::string_view kind : shipped_fee_kinds()) {
    BOOST_TEST_CONTEXT(kind) {
      const auto first = parse_strategy("strategy='manual'\n[fees]\nkind='" + std::string(kind) + "'", "f");
      BOOST_TEST_REQUIRE(first.ok(), (first.ok() ? "" : first.error().message));
      BOOST_TEST(!first->config.fee.versions.empty());
      BOOST_TEST(first->canonical_json.find("\"versions\"") != std::string::npos);
      BOOST_TEST(strategy_from_json(first->canonical_json).value().canonical_json == first->canonical_json);
    }
  }
  const auto changed =
      parse_strategy("strategy='manual'\n[fees]\nkind='india_equity_delivery'\n[fees.brokerage]\namount='20'\n", "f");
  BOOST_TEST_REQUIRE(changed.ok());
  for (const engine::FeeVersion& version : changed->config.fee.versions) {
    BOOST_TEST(to_string(version.components.front().amount) == "20");
    BOOST_TEST(version.components.front().rate.is_zero());
  }
}

BOOST_AUTO_TEST_CASE(costs_read_back_the_same) {
  const std::string files[] = {
      "[fees]\nkind='tiered'\nminimum='1'\ntiers=[{up_to='1000', bps='20'}, {bps='10.5'}]\n",
      "[fees]\nkind='mine'\n[[fees.versions]]\nfrom=2020-01-01\n[[fees.versions.components]]\nname='a'\nbps='1'\n"
      "maximum='20'\nsides='sells'\n[[fees.versions.components]]\nname='b'\nbps='1800'\nof=['a']\n",
      "volume_cap='0.05'\ncost_basis='fifo'\n[slippage]\nkind='volume_share'\nimpact='0.1'\n",
      "[slippage]\nkind='ticks'\nticks=3\n",
  };
  for (const std::string& file : files) {
    BOOST_TEST_CONTEXT(file) {
      const auto first = parse_strategy("strategy='manual'\n" + file, "f");
      BOOST_TEST_REQUIRE(first.ok(), (first.ok() ? "" : first.error().message));
      BOOST_TEST(strategy_from_json(first->canonical_json).value().canonical_json == first->canonical_json);
      BOOST_TEST(first->canonical_json != canonical("strategy='manual'"));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_hash_is_that_of_the_meaning) {
  BOOST_TEST(canonical(sip_file) ==
             canonical("strategy=\"sip\"\nquantity_step=1\nfees.kind='none'\n[sip]\nweights={SPX=\"1.000\"}\n"
                       "every='monthly'\nday=1\namount=500\ncatch_up='run_last'"));
  BOOST_TEST(canonical(sip_file) != canonical(sip_file + "[limits]\nmax_open_orders=1\n"));
}

BOOST_AUTO_TEST_CASE(a_file_that_leaves_fill_at_out_takes_the_feeds) {
  BOOST_TEST(
      bool(parse_strategy(sip_file, "f", engine::FillAt::next_open)->config.fill_at == engine::FillAt::next_open));
  BOOST_TEST(bool(parse_strategy(sip_file, "f")->config.fill_at == engine::FillAt::close));
}

BOOST_AUTO_TEST_CASE(start_and_day_give_the_first_installment) {
  struct Case {
    const char* schedule;
    const char* anchor;
    const char* due;  // the second one
  };
  const Case cases[] = {
      {"start=2000-01-03", "2000-01-03", "2000-02-03"},
      {"start=2000-01-31", "2000-01-31", "2000-02-29"},
      {"start=2000-01-03\nday=1", "2000-02-01", "2000-03-01"},
      {"start=2000-01-03\nday=3", "2000-01-03", "2000-02-03"},
      {"start=1999-12-29\nday=28", "2000-01-28", "2000-02-28"},
      {"start=2001-02-10\nday='month_end'", "2001-02-28", "2001-03-31"},
      {"start=2001-02-28\nday='month_end'", "2001-02-28", "2001-03-31"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.schedule) {
      const auto parsed = parse_strategy(
          "strategy='sip'\n[sip]\namount=1\nevery='monthly'\n" + std::string(c.schedule) + "\n[sip.weights]\nA=1", "f");
      BOOST_TEST_REQUIRE(parsed.ok(), (parsed.ok() ? "" : parsed.error().message));
      const engine::Schedule& schedule = parsed->config.sip->schedule;
      BOOST_TEST(format_date(*schedule.anchor) == c.anchor);
      BOOST_TEST(format_date(engine::due_date(schedule, nullptr, *schedule.anchor, 1)) == c.due);
      BOOST_TEST(strategy_from_json(parsed->canonical_json)->canonical_json == parsed->canonical_json);
    }
  }
}

BOOST_AUTO_TEST_CASE(bad_files_are_refused_with_place_and_remedy) {
  struct Case {
    const char* toml;
    const char* errors;
  };
  const Case cases[] = {
      {"", "f: strategy: is missing: write \"manual\", \"sip\", \"rebalance\" or \"sip+rebalance\""},
      {"strategy='sit'", "f:1: strategy: \"sit\" must be one of \"manual\", \"sip\", \"rebalance\", \"sip+rebalance\""},
      {"strategy=3", "f:1: strategy: 3 must be one of \"manual\", \"sip\", \"rebalance\", \"sip+rebalance\""},
      {"strategy='sip'", "f: sip: is missing: strategy is \"sip\" and needs the table [sip]"},
      {"strategy='manual'\n[sip]\n", "f:2: sip: can't be given: strategy is \"manual\""},
      {"strategy='manual'\nstratgey=1", "f:2: stratgey: is unknown; did you mean strategy?"},
      {"strategy='manual'\n[fees]\nkind='fixed'", "f:2: fees.amount: is missing: kind = \"fixed\" needs it"},
      {"strategy='manual'\n[fees]\nkind='none'\nbps='1'", "f:4: fees.bps: can't be given: kind = \"none\" takes none"},
      {"strategy='manual'\n[fees]\nkind='bps'\nbps='1.23456'",
       "f:4: fees.bps: \"1.23456\" must be a number from 0 to 5000 with at most 4 decimals"},
      {"strategy='manual'\n[slippage]\nkind='ticks'", "f:2: slippage.ticks: is missing: kind = \"ticks\" needs it"},
      {"strategy='manual'\n[fees]\nkind='us_equty'",
       "f:3: fees.kind: \"us_equty\" is not known, and no versions are given; did you mean us_equity?"},
      {"strategy='manual'\n[fees]\nkind='us_equity'\n[fees.comission]\namount=1",
       "f:4: fees.comission: is no component of this schedule; did you mean commission?"},
      {"strategy='manual'\nfees=1", "f:2: fees: 1 must be a table: write [fees]"},
      {"strategy='manual'\nquantity_step=0.5",
       "f:2: quantity_step: 0.5 is a float, which can't hold decimals exactly: write it in quotes, \"0.5\""},
      {"strategy='manual'\nquantity_step='0'",
       "f:2: quantity_step: \"0\" must be a number from 0.00000001 to 1000000000 with at most 8 decimals"},
      {"strategy='manual'\n[limits]\nmax_open_orders='many'\nforbidden_symbols='GME'\nallowed_symbols=['A B']",
       "f:3: limits.max_open_orders: \"many\" must be a whole number from 1 to 1000000\n"
       "f:4: limits.forbidden_symbols: \"GME\" must be a list of texts such as [\"A\", \"B\"]\n"
       "f:5: limits.allowed_symbols: \"A B\" is not a symbol; it needs 1 to 32 printable ASCII characters without "
       "blanks"},
      {"strategy='sip'\n[sip]\namount='500'\nevery='montly'\n[sip.weights]\nA='0.6'\nB='0.3'",
       "f:4: sip.every: \"montly\" must be one of \"daily\", \"weekly\", \"fortnightly\", \"monthly\", \"quarterly\", "
       "\"yearly\"\n"
       "f:5: sip.weights: sum to 0.9; they must sum to 1"},
      {"strategy='sip'\n[sip]\namount='-5'\nevery='weekly'\nday=1\nstart='soon'\nfunding='gift'\n[sip.weights]\nA=0."
       "6\nB=1",
       "f:3: sip.amount: \"-5\" must be a number from 0.00000001 to 1000000000000000 with at most 8 decimals\n"
       "f:5: sip.day: can't be given: only a monthly, quarterly or yearly plan has one; give start instead\n"
       "f:6: sip.start: \"soon\" must be a date such as 2000-01-03\n"
       "f:7: sip.funding: \"gift\" must be one of \"cash\", \"deposit\"\n"
       "f:9: sip.weights.A: 0.6 is a float, which can't hold decimals exactly: write it in quotes, \"0.6\""},
      {"strategy='sip'\n[sip]\namount=1\nevery='monthly'\nday=29\n[sip.weights]\nBRK.B='1'",
       "f:5: sip.day: 29 must be a whole number from 1 to 28, or \"month_end\"\n"
       "f:7: sip.weights.BRK: a symbol with a dot must be in quotes, such as \"BRK.B\" = \"0.5\""},
      {"strategy='sip'\n[sip]\namount=1\nevery='monthly'\nstart=2001-01-01\nend=2000-01-01\n[sip.weights]\n",
       "f:6: sip.end: 2000-01-01 must not be before the first installment, 2001-01-01\n"
       "f:7: sip.weights: has 0 symbols; allowed are 1 to 1000"},
      {"strategy='sip'\n[sip]\nevery='monthly'\n",
       "f:2: sip.amount: is missing: write the amount of an installment, such as \"500\"\n"
       "f:2: sip.weights: is missing: write a table of symbols and weights, such as SPX = \"1\""},
      {"strategy='sip'\n[limits]\nforbidden_symbols=['A']\n[sip]\namount=1\nevery='daily'\n[sip.weights]\nA=1",
       "f:8: sip.weights.A: is in limits.forbidden_symbols"},
      {"strategy='sip'\n[limits]\nallowed_symbols=['B']\n[sip]\namount=1\nevery='daily'\n[sip.weights]\nA=1",
       "f:8: sip.weights.A: is not in limits.allowed_symbols"},
      {"strategy='sip'\n[sip]\namount=1\nevery='daily'\n[sip.weights]\nA='0.5'\nA='0.5'", nullptr},  // TOML's own words
      {"strategy='rebalance'\n[rebalance]\ncash='0.05'\nday=1\n[rebalance.weights]\nA='0.6'\nB='0.4'",
       "f:2: rebalance.band: is missing: give every, or band, or both\n"
       "f:4: rebalance.day: can't be given: it belongs to every\n"
       "f:5: rebalance.weights: sum to 1.05 with cash; they must sum to 1"},
      {"strategy='rebalance'\n[rebalance]\nbands='0.05'\nband='0'\n[rebalance.weights]\nA='1'",
       "f:3: rebalance.bands: is unknown; did you mean band?\n"
       "f:4: rebalance.band: \"0\" must be a number from 0.00000001 to 1 with at most 8 decimals"},
      {"strategy = \n", nullptr},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.toml) {
      const std::string errors = errors_of(c.toml);
      BOOST_TEST(!errors.empty());
      if (c.errors != nullptr) {
        BOOST_TEST(errors == c.errors);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(problems_are_told_one_by_one) {
  std::vector<Problem> problems;
  BOOST_TEST(!parse_strategy("strategy='manual'\n[limits]\nmax_open_orders=0\nmax_open_order=1\n", "f",
                             engine::FillAt::close, &problems)
                  .ok());
  BOOST_TEST_REQUIRE(problems.size() == 2U);
  BOOST_TEST(problems[0].key == "limits.max_open_orders");
  BOOST_TEST(problems[0].line == 3);
  BOOST_TEST(problems[1].message == "is unknown; did you mean max_open_orders?");
}

BOOST_AUTO_TEST_CASE(hostile_texts_are_refused) {
  using namespace std::string_literals;
  BOOST_TEST(errors_of("strategy='manual'\n\0"s) == "f:2: contains a NUL byte; it is not a text file");
  BOOST_TEST(!errors_of("a=" + std::string(5000, '[')).empty());
  BOOST_TEST(!errors_of("strategy='manual'\n" + std::string(5000, 'k') + "=1").empty());
  BOOST_TEST(!errors_of("strategy='\xff\xfe'").empty());
  for (const char* text :
       {"", "[]", "{", "null", R"({"strategy":"manual","fees":{"kind":1.5}})", R"({"strategy":"manual","more":1})"}) {
    BOOST_TEST(!strategy_from_json(text).ok());
  }
}

// What a schedule may say, and that its canonical form reads as the same.
BOOST_AUTO_TEST_CASE(schedules_read_and_write_their_keys) {
  struct Case {
    const char* keys;
    const char* canonical;  // of the schedule's keys, in the order of JSON
  };
  const Case cases[] = {
      {"every='monthly'\ntrading_day=3", R"("every":"monthly","trading_day":3)"},
      {"every='quarterly'\ntrading_day='last'\nroll='preceding'",
       R"("every":"quarterly","roll":"preceding","trading_day":"last")"},
      {"every='monthly'\nweekday='friday'\nnth=3", R"("every":"monthly","nth":3,"weekday":"friday")"},
      {"every='yearly'\nweekday='monday'\nnth='last'", R"("every":"yearly","nth":"last","weekday":"monday")"},
      {"every='weekly'\nweekday='wednesday'", R"("every":"weekly","weekday":"wednesday")"},
      {"every='fortnightly'\nweekday='wednesday'\nstart=2020-01-02",
       R"("every":"fortnightly","start":"2020-01-08","weekday":"wednesday")"},
      {"every='monthly'\nday=5\nroll='modified_following'\nat='09:20'",
       R"("at":"09:20","day":5,"every":"monthly","roll":"modified_following")"},
      {"every='daily'\nat='close-15m'", R"("at":"close-15m","every":"daily")"},
      {"every='daily'\nat='open+5m'", R"("at":"open+5m","every":"daily")"},
      {"every='daily'\nat='close'", R"("at":"close","every":"daily")"},
      {"every='monthly'\nroll='skip'\nday='month_end'", R"("day":"month_end","every":"monthly","roll":"skip")"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.keys) {
      const auto parsed = parse_strategy(
          "strategy='rebalance'\n[rebalance]\n" + std::string(c.keys) + "\n[rebalance.weights]\nA=1", "f");
      BOOST_TEST_REQUIRE(parsed.ok(), (parsed.ok() ? "" : parsed.error().message));
      const auto again = strategy_from_json(parsed->canonical_json);
      BOOST_TEST_REQUIRE(again.ok(), (again.ok() ? "" : again.error().message));
      BOOST_TEST(again->canonical_json == parsed->canonical_json);
      // Without what isn't the schedule's.
      std::string keys = parsed->canonical_json;
      for (const char* other : {R"("cash":"0",)", R"(,"min_order":"0")", R"("min_order":"0",)"}) {
        if (const auto at = keys.find(other); at != std::string::npos) {
          keys.erase(at, std::string(other).size());
        }
      }
      const std::string flat = std::string(c.canonical);
      for (std::size_t from = 0; from < flat.size();) {
        const std::size_t end = std::min(flat.find(",\"", from), flat.size());
        BOOST_TEST(keys.find(flat.substr(from, end - from)) != std::string::npos, flat.substr(from, end - from));
        from = end + 1;
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(amount_rules_read_and_write_their_keys) {
  const std::string head = "strategy='sip'\n[sip]\nevery='monthly'\n";
  const std::string weights = "[sip.weights]\nA='0.5'\nB='0.5'\n";
  struct Case {
    std::string toml;
    const char* part;  // of the canonical form
  };
  const Case cases[] = {
      {head + "amount=100\nstep_up='10%'\n" + weights, R"("step_up":"10%")"},
      {head + "amount=100\nstep_up='2.5%'\n" + weights, R"("step_up":"2.5%")"},
      {head + "amount=100\nstep_up=50\n" + weights, R"("step_up":"50")"},
      {head + "amount=100\n[sip.amounts]\n2021-04-01='200'\n" + weights, R"("amounts":{"2021-04-01":"200"})"},
      {head + "amount=100\nrule='value_averaging'\ngrowth='0.01'\n" + weights,
       R"("growth":"0.01","rule":"value_averaging")"},
      {head + "[sip.symbol_amounts]\nA='300'\nB=100\n", R"("symbol_amounts":{"A":"300","B":"100"})"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.toml) {
      const auto parsed = parse_strategy(c.toml, "f");
      BOOST_TEST_REQUIRE(parsed.ok(), (parsed.ok() ? "" : parsed.error().message));
      BOOST_TEST(parsed->canonical_json.find(c.part) != std::string::npos, parsed->canonical_json);
      const auto again = strategy_from_json(parsed->canonical_json);
      BOOST_TEST_REQUIRE(again.ok(), (again.ok() ? "" : again.error().message));
      BOOST_TEST(again->canonical_json == parsed->canonical_json);
    }
  }
  const auto amounts = parse_strategy(cases[5].toml, "f");
  BOOST_TEST(to_string(amounts->config.sip->amount) == "400");
  BOOST_TEST(to_string(amounts->config.sip->allocations[0].weight) == "0.75");
}

BOOST_AUTO_TEST_CASE(wrong_plans_are_told_with_their_keys) {
  const std::string head = "strategy='sip'\n[sip]\namount=1\n";
  const std::string tail = "\n[sip.weights]\nA=1";
  struct Case {
    const char* keys;
    const char* error;
  };
  const Case cases[] = {
      {"every='daily'\nday=1\nweekday='friday'\nroll='skip'",
       "f:5: sip.day: can't be given: only a monthly, quarterly or yearly plan has one; give start instead\n"
       "f:6: sip.weekday: can't be given: a daily plan has every day\n"
       "f:7: sip.roll: can't be given: a daily plan has every session, and nothing on other days"},
      {"every='weekly'\nnth=2\ntrading_day=1",
       "f:5: sip.nth: can't be given: only a monthly, quarterly or yearly plan has one; give start instead\n"
       "f:6: sip.trading_day: can't be given: only a monthly, quarterly or yearly plan has one; give start instead"},
      {"every='monthly'\nnth=2", "f:2: sip.weekday: is missing: nth needs it, such as \"friday\""},
      {"every='monthly'\nweekday='friday'",
       "f:2: sip.nth: is missing: write which of the month's it is: 1 to 4, or \"last\""},
      {"every='monthly'\nweekday='freitag'\nnth=5",
       "f:5: sip.weekday: \"freitag\" must be one of \"sunday\", \"monday\", \"tuesday\", \"wednesday\", "
       "\"thursday\", \"friday\", \"saturday\"\n"
       "f:6: sip.nth: 5 must be a whole number from 1 to 4, or \"last\""},
      {"every='monthly'\ntrading_day=24\nday=1",
       "f:5: sip.trading_day: 24 must be a whole number from 1 to 23, or \"last\"\n"
       "f:6: sip.day: can't be given: trading_day says which day it is"},
      {"every='monthly'\nroll='forward'",
       "f:5: sip.roll: \"forward\" must be one of \"following\", \"preceding\", \"modified_following\", \"skip\""},
      {"every='monthly'\nat='9:20'",
       "f:5: sip.at: \"9:20\" must be a time of day such as \"09:20\", or \"open\", \"open+15m\", \"close-15m\" or "
       "\"close\""},
      {"every='monthly'\nat='close+15m'",
       "f:5: sip.at: \"close+15m\" must be a time of day such as \"09:20\", or \"open\", \"open+15m\", \"close-15m\" "
       "or \"close\""},
      {"every='monthly'\nstep_up='10 %'",
       "f:5: sip.step_up: \"10 %\" must be a percentage such as \"10%\" from 0 to 1000, or an amount such as \"50\""},
      {"every='monthly'\ngrowth='0.1'", "f:5: sip.growth: can't be given: it belongs to rule = \"value_averaging\""},
      {"every='monthly'\nrule='value_averaging'\nresidue='keep'\nstep_up='1%'",
       "f:6: sip.residue: can't be given: it doesn't go with rule = \"value_averaging\"\n"
       "f:7: sip.step_up: can't be given: it doesn't go with rule = \"value_averaging\""},
      {"every='monthly'\nstep_up='1%'\namounts={2020-01-01='5', soon='6'}",
       "f:5: sip.step_up: can't be given: amounts says what each installment is\n"
       "f:6: sip.amounts.soon: is not a date; write it as 2026-04-01"},
      {"every='monthly'\nsymbol_amounts={A=5}",
       "f:3: sip.amount: can't be given: symbol_amounts says what each symbol gets\n"
       "f:6: sip.weights: can't be given: symbol_amounts says what each symbol gets"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.keys) {
      const auto parsed = parse_strategy(head + c.keys + tail, "f");
      BOOST_TEST_REQUIRE(!parsed.ok());
      BOOST_TEST(parsed.error().message == c.error);
    }
  }
  const auto edge =
      parse_strategy("strategy='rebalance'\n[rebalance]\nat='09:20'\nto='edge'\n[rebalance.weights]\nA=1", "f");
  BOOST_TEST_REQUIRE(!edge.ok());
  BOOST_TEST(edge.error().message ==
             "f:2: rebalance.band: is missing: give every, or band, or both\n"
             "f:3: rebalance.at: can't be given: it belongs to every\n"
             "f:4: rebalance.to: \"edge\" needs a band or a relative_band, whose edge it is");
}

}  // namespace tradingd::config
