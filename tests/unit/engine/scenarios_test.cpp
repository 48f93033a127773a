// One case per file of tests/unit/engine/scenarios/.
#include <boost/test/unit_test.hpp>

#include "tests/unit/engine/scenario.h"

using tradingd::engine::run_scenarios;

BOOST_AUTO_TEST_CASE(scenarios_orders) { run_scenarios("orders.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_fills) { run_scenarios("fills.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_cash) { run_scenarios("cash.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_risk) { run_scenarios("risk.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_session) { run_scenarios("session.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_sip) { run_scenarios("sip.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_rebalance) { run_scenarios("rebalance.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_limits) { run_scenarios("limits.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_stops) { run_scenarios("stops.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_time_in_force) { run_scenarios("time_in_force.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_groups) { run_scenarios("groups.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_replace) { run_scenarios("replace.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_idempotency) { run_scenarios("idempotency.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_schedules) { run_scenarios("schedules.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_amounts) { run_scenarios("amounts.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_states) { run_scenarios("states.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_ceilings) { run_scenarios("ceilings.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_costs) { run_scenarios("costs.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_partial_fills) { run_scenarios("partial_fills.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_lots) { run_scenarios("lots.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_instruments) { run_scenarios("instruments.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_short_selling) { run_scenarios("short_selling.txt"); }
BOOST_AUTO_TEST_CASE(scenarios_corporate_actions) { run_scenarios("corporate_actions.txt"); }
