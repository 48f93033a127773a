#include "daemon/config/settings.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "tests/support/temporary_folder.h"

namespace tradingd::config {
namespace {

const DefaultPaths system_paths{"/etc/tradingd/tradingd.toml", "/run/tradingd/tradingd.sock", "/var/lib/tradingd"};

Environment environment(std::map<std::string, std::string> variables = {}) {
  return [variables = std::move(variables)](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

Settings settings_of(const std::string& toml, const Environment& variables = environment()) {
  const auto parsed = parse_settings(toml, "f", system_paths, variables);
  BOOST_TEST_REQUIRE(parsed.ok(), (parsed.ok() ? "" : parsed.error().message));
  return *parsed;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_setting_is_shown_by_its_name) {
  const Settings settings = settings_of("[database]\ndsn = \"host=/run/postgresql dbname=tradingd\"\n");
  BOOST_TEST(show_setting(settings, "database.dsn").value_or("-") == "\"host=/run/postgresql dbname=tradingd\"");
  BOOST_TEST(show_setting(settings, "daemon.pipelines").value_or("-") == "2");
  BOOST_TEST(!show_setting(settings, "database.dns").has_value());
  BOOST_TEST(!show_setting(settings, "dsn").has_value());
}

BOOST_AUTO_TEST_CASE(an_empty_file_means_the_defaults) {
  const Settings settings = settings_of("");
  BOOST_TEST(settings.socket.path == "/run/tradingd/tradingd.sock");
  BOOST_TEST(settings.socket.admin_groups == std::vector<std::string>{"tradingd-admin"});
  BOOST_TEST(settings.database.dsn.empty());
  BOOST_TEST(settings.database.directory == "/var/lib/tradingd/postgresql");
  BOOST_TEST(settings.feeds.directory == "/var/lib/tradingd/feeds");
  BOOST_TEST(settings.daemon.pipelines == 2);
  BOOST_TEST(ranges_of(settings.daemon.shards) == "0-63");
  BOOST_TEST(to_string(settings.feeds.price_jump_max) == "10");
}

BOOST_AUTO_TEST_CASE(every_setting_is_read) {
  const Settings settings = settings_of(
      "[socket]\npath='/x/"
      "s'\ngroup='traders'\nadmin_group=['a','b']\nmax_connections=9\nmax_connections_per_uid=8\nidle_timeout_s=7\n"
      "[database]\ndsn='host=db'\ndirectory='/x/db'\n[state]\ndirectory='/x/state'\n"
      "[daemon]\nuser='me'\npipelines=8\nqueue_limit=6\nwhen_in_use='wait'\nshards='0-2,5'\nlog_level='debug'\n[feeds]"
      "\ndirectory='/x/"
      "feeds'\nprice_jump_max='2.5'\n");
  BOOST_TEST(settings.socket.path == "/x/s");
  BOOST_TEST(settings.socket.group == "traders");
  BOOST_TEST((settings.socket.admin_groups == std::vector<std::string>{"a", "b"}));
  BOOST_TEST(settings.socket.max_connections == 9);
  BOOST_TEST(settings.socket.max_connections_per_uid == 8);
  BOOST_TEST(settings.socket.idle_timeout_s == 7);
  BOOST_TEST(settings.database.dsn == "host=db");
  BOOST_TEST(settings.database.directory == "/x/db");
  BOOST_TEST(settings.state.directory == "/x/state");
  BOOST_TEST(settings.daemon.user == "me");
  BOOST_TEST(settings.daemon.pipelines == 8);
  BOOST_TEST(settings.daemon.queue_limit == 6);
  BOOST_TEST(settings.daemon.when_in_use == "wait");
  BOOST_TEST((settings.daemon.shards == std::vector<int>{0, 1, 2, 5}));
  BOOST_TEST(settings.daemon.log_level == "debug");
  BOOST_TEST(settings.feeds.directory == "/x/feeds");
  BOOST_TEST(to_string(settings.feeds.price_jump_max) == "2.5");
  BOOST_TEST(settings_of("[socket]\nadmin_group='a'").socket.admin_groups == std::vector<std::string>{"a"});
  BOOST_TEST(settings_of("[state]\ndirectory='/x'").feeds.directory == "/x/feeds");
}

BOOST_AUTO_TEST_CASE(all_errors_are_told_at_once_with_their_lines) {
  struct Case {
    const char* toml;
    const char* errors;
  };
  const Case cases[] = {
      {"[socket]\nmax_conections=1\n[daemon]\npipelines=9\nlog_level='loud'\n",
       "f:2: socket.max_conections: is unknown; did you mean max_connections?\n"
       "f:4: daemon.pipelines: 9 must be a whole number from 1 to 8\n"
       "f:5: daemon.log_level: \"loud\" must be one of \"debug\", \"info\", \"warning\", \"error\""},
      {"[sockets]\npath='/x'", "f:1: sockets: is unknown; did you mean socket?"},
      {"[xyz]\n", "f:1: xyz: is unknown; allowed are socket, database, state, daemon, feeds, calendars, archive"},
      {"socket='/x'", "f:1: socket: \"/x\" must be a table: write [socket]"},
      {"[socket]\npath='run/x'\nadmin_group=1",
       "f:2: socket.path: \"run/x\" must be an absolute path, beginning with /\n"
       "f:3: socket.admin_group: 1 must be a list of texts such as [\"A\", \"B\"]"},
      {"[daemon]\nuser=''", "f:2: daemon.user: must not be empty"},
      {"[feeds]\nprice_jump_max='0.5'", "f:2: feeds.price_jump_max: \"0.5\" must be above 1, or 0 for any jump"},
      {"[feeds]\nprice_jump_max=1.5",
       "f:2: feeds.price_jump_max: 1.5 is a float, which can't hold decimals exactly: write it in quotes, \"1.5\""},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.toml) {
      const auto parsed = parse_settings(c.toml, "f", system_paths, environment());
      BOOST_TEST_REQUIRE(!parsed.ok());
      BOOST_TEST(parsed.error().message == c.errors);
    }
  }
  const auto too_long =
      parse_settings("[socket]\npath='/" + std::string(107, 'x') + "'", "f", system_paths, environment());
  BOOST_TEST_REQUIRE(!too_long.ok());
  BOOST_TEST(too_long.error().message == "f:2: socket.path: must have at most 107 bytes, not 108");
}

BOOST_AUTO_TEST_CASE(the_environment_comes_before_the_file) {
  const Environment variables = environment({{"BASE_URL", "unix:///tmp/s"}, {"DB_DSN", "host=env"}});
  const Settings settings = settings_of("[socket]\npath='/x/s'\n[database]\ndsn='host=file'", variables);
  BOOST_TEST(settings.socket.path == "/tmp/s");
  BOOST_TEST(settings.database.dsn == "host=env");
  for (const char* url : {"http://localhost", "unix://", "unix://relative", "/tmp/s"}) {
    const auto parsed = parse_settings("", "f", system_paths, environment({{"BASE_URL", url}}));
    BOOST_TEST_REQUIRE(!parsed.ok());
    BOOST_TEST(parsed.error().message ==
               "f: BASE_URL in the environment: \"" + std::string(url) + "\" must be unix:///path/of/the/socket");
  }
}

BOOST_AUTO_TEST_CASE(default_paths_follow_who_runs_it) {
  struct Case {
    bool is_root;
    std::map<std::string, std::string> variables;
    const char* paths;
  };
  const Case cases[] = {
      {true, {{"HOME", "/root"}}, "/etc/tradingd/tradingd.toml /run/tradingd/tradingd.sock /var/lib/tradingd"},
      {false,
       {{"STATE_DIRECTORY", "/var/lib/td:/b"}, {"RUNTIME_DIRECTORY", "/run/td"}},
       "/etc/tradingd/tradingd.toml /run/td/tradingd.sock /var/lib/td"},
      {false,
       {{"HOME", "/h"}},
       "/h/.config/tradingd/tradingd.toml /h/.local/state/tradingd/tradingd.sock /h/.local/state/tradingd"},
      {false,
       {{"HOME", "/h"}, {"XDG_RUNTIME_DIR", "/run/user/7"}, {"XDG_CONFIG_HOME", "/c"}, {"XDG_STATE_HOME", "relative"}},
       "/c/tradingd/tradingd.toml /run/user/7/tradingd/tradingd.sock /h/.local/state/tradingd"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.paths) {
      const DefaultPaths paths = default_paths(c.is_root, environment(c.variables)).value();
      BOOST_TEST(paths.settings_file + " " + paths.socket + " " + paths.state_directory == c.paths);
    }
  }
  BOOST_TEST(!default_paths(false, environment()).ok());
}

BOOST_AUTO_TEST_CASE(the_printed_defaults_are_the_defaults) {
  const std::string printed = print_default_settings(system_paths);
  BOOST_TEST(
      printed.find(
          "[socket]\n# Where tradectl reaches the daemon: a Unix socket.\n#path = \"/run/tradingd/tradingd.sock\"\n") !=
      std::string::npos);
  std::string active;
  for (std::size_t i = 0; i < printed.size(); ++i) {
    const bool setting =
        printed[i] == '#' && (i == 0 || printed[i - 1] == '\n') && i + 1 < printed.size() && printed[i + 1] != ' ';
    if (!setting) {
      active += printed[i];
    }
  }
  BOOST_TEST(active.find("\npath = ") != std::string::npos);
  const Settings settings = settings_of(active);
  BOOST_TEST(!check_reload(settings, default_settings(system_paths)).has_value());
  BOOST_TEST(settings.socket.max_connections == Settings{}.socket.max_connections);
}

BOOST_AUTO_TEST_CASE(a_reload_is_refused_whole_when_it_needs_a_restart) {
  const Settings current = settings_of("");
  const Settings gentle = settings_of(
      "[socket]\nadmin_group='x'\nmax_connections=3\n[daemon]\nlog_level='debug'\n[feeds]\nprice_jump_max=0");
  BOOST_TEST(!check_reload(current, gentle).has_value());
  const auto refused =
      check_reload(current, settings_of("[socket]\npath='/y'\n[daemon]\npipelines=1\nlog_level='debug'"));
  BOOST_TEST_REQUIRE(refused.has_value());
  BOOST_TEST(refused->message ==
             "a reload can't change socket.path, daemon.pipelines: restart the daemon for that; nothing was changed");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_trusted_are_refused) {
  const TemporaryFolder folder;
  DefaultPaths paths = system_paths;
  paths.settings_file = folder.path() + "/none/tradingd.toml";
  BOOST_TEST(load_settings(std::nullopt, paths, environment()).ok());  // the default file may be absent
  BOOST_TEST(!load_settings(paths.settings_file, paths, environment()).ok());

  const std::string file = folder.write("t.toml", "[daemon]\npipelines = 3\n");
  BOOST_TEST(load_settings(file, paths, environment())->daemon.pipelines == 3);
  BOOST_TEST_REQUIRE(chmod(file.c_str(), 0666) == 0);
  const auto writable = load_settings(file, paths, environment());
  BOOST_TEST_REQUIRE(!writable.ok());
  BOOST_TEST(writable.error().message ==
             "settings file " + file + ": every user may write to it, so it can't be trusted: chmod o-w " + file);
  BOOST_TEST_REQUIRE(chmod(file.c_str(), 0644) == 0);
  BOOST_TEST_REQUIRE(chmod(folder.path().c_str(), 0757) == 0);
  BOOST_TEST(load_settings(file, paths, environment()).error().message ==
             "the settings file's folder " + folder.path() +
                 ": every user may write to it, so it can't be trusted: chmod o-w " + folder.path());
  BOOST_TEST_REQUIRE(chmod(folder.path().c_str(), 0700) == 0);
  BOOST_TEST(load_settings(folder.path(), paths, environment()).error().message ==
             "settings file " + folder.path() + ": is not a regular file");
  BOOST_TEST_REQUIRE(mkfifo((folder.path() + "/fifo").c_str(), 0600) == 0);
  BOOST_TEST(!load_settings(folder.path() + "/fifo", paths, environment()).ok());
}

}  // namespace tradingd::config
