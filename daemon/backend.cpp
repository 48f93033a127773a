#include "daemon/backend.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "daemon/config/strategy.h"
#include "daemon/engine/symbol.h"
#include "daemon/protocol/moment.h"
#include "daemon/reads.h"
#include "daemon/run_commands.h"
#include "daemon/run_schedule.h"
#include "daemon/verification.h"

namespace tradingd {

namespace {

using nlohmann::json;
using protocol::ErrorCode;

constexpr std::string_view kInitialCashDefault = "100000";

admin::Reply answer(const store::StoreResult<store::CommandAnswer>& answer) {
  return answer ? admin::Reply{json::parse(answer->result), std::nullopt} : failure(answer.error());
}

}  // namespace

struct CommandBackend::Route {
  std::string_view method;
  Handler handler;
  bool needs_services = true;
};

const CommandBackend::Route* CommandBackend::find_route(std::string_view method) {
  static constexpr std::array kRoutes{
      Route{"status", &CommandBackend::status, false},      Route{"reload", &CommandBackend::reload, false},
      Route{"metrics", &CommandBackend::metrics, false},    Route{"doctor", &CommandBackend::doctor, false},
      Route{"user.add", &CommandBackend::add_user},         Route{"feed.add", &CommandBackend::to_feeds},
      Route{"feed.push", &CommandBackend::to_feeds},        Route{"feed.action", &CommandBackend::to_feeds},
      Route{"feed.pause", &CommandBackend::to_feeds},       Route{"feed.resume", &CommandBackend::to_feeds},
      Route{"run.start", &CommandBackend::start_run},       Route{"run.delete", &CommandBackend::delete_run},
      Route{"run.verify", &CommandBackend::verify},         Route{"ledger.verify", &CommandBackend::verify},
      Route{"ledger.archive", &CommandBackend::archive},    Route{"watch", &CommandBackend::watch},
      Route{"run.schedule", &CommandBackend::run_schedule}, Route{"user.set-limits", &CommandBackend::set_limits},
      Route{"halt", &CommandBackend::set_trading_state},    Route{"resume", &CommandBackend::set_trading_state},
  };
  static constexpr Route kToRun{"", &CommandBackend::to_run};
  static constexpr Route kRead{"", &CommandBackend::read};
  static constexpr Route kCalendars{"", &CommandBackend::show_calendars, false};
  const auto* found =
      std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& route) { return route.method == method; });
  if (found != kRoutes.end()) {
    return found;
  }
  if (is_calendar_command(method)) {
    return &kCalendars;
  }
  return is_run_command(method) ? &kToRun : is_read_command(method) ? &kRead : nullptr;
}

CommandBackend::CommandBackend(Directory& directory, Worker& control, Hooks hooks)
    : directory_(directory), control_(control), hooks_(std::move(hooks)) {
  for (const protocol::CommandSpec& command : protocol::commands()) {
    TD_ASSERT(find_route(command.method) != nullptr);
  }
}

void CommandBackend::record_refusal(admin::Refusal refusal) {
  if (services_ == nullptr) {
    return;
  }
  // What finds no room in the queue is dropped: an audit trail must not become a way to stop the daemon.
  static_cast<void>(control_.post([services = services_, refusal = std::move(refusal)] {
    engine::CommandRecord record;
    record.request_id = refusal.request_id;
    record.uid = refusal.uid;
    record.method = refusal.method;
    record.arguments = refusal.arguments;
    record.result = json{{"code", refusal.code}, {"message", refusal.message}}.dump();
    record.ok = false;
    if (const auto recorded = services->catalog->record_refusal(refusal.user, record); !recorded) {
      spdlog::warn("a refused command can't be recorded: {}", recorded.error().message);
    }
  }));
}

void CommandBackend::handle(admin::Request request, admin::ReplyFunction reply) {
  const Route& route = *find_route(request.command->method);
  if (route.needs_services && services_ == nullptr) {
    reply(failure(ErrorCode::unavailable, hooks_.not_ready()));
    return;
  }
  (this->*route.handler)(std::move(request), std::move(reply));
}

void CommandBackend::status(admin::Request /*request*/, admin::ReplyFunction reply) {
  reply({hooks_.status(), std::nullopt});
}

void CommandBackend::metrics(admin::Request /*request*/, admin::ReplyFunction reply) {
  MetricsInput input = hooks_.metrics();
  if (services_ == nullptr) {
    reply({json{{"text", render_metrics(input)}}, std::nullopt});
    return;
  }
  read_later(std::move(reply), [services = services_, input = std::move(input)]() mutable {
    // Without the database the other figures are still worth having.
    if (auto feeds = services->reads->list(store::ListName::feeds, {}, {nullptr, store::kPageRowsMax, false})) {
      input.feeds = std::move(feeds).value();
    }
    return admin::Reply{json{{"text", render_metrics(input)}}, std::nullopt};
  });
}

void CommandBackend::doctor(admin::Request request, admin::ReplyFunction reply) {
  DoctorInput input = hooks_.doctor();
  input.is_admin = request.admin;
  input.reads = services_ == nullptr ? nullptr : services_->reads;
  read_later(std::move(reply), [input = std::move(input)] { return admin::Reply{examine(input), std::nullopt}; });
}

void CommandBackend::reload(admin::Request /*request*/, admin::ReplyFunction reply) {
  const Result<bool> reloaded = hooks_.reload();
  if (!reloaded) {
    reply(failure(ErrorCode::refused, reloaded.error().message));
    return;
  }
  reply({json{{"reloaded", true}}, std::nullopt});
}

void CommandBackend::show_calendars(admin::Request request, admin::ReplyFunction reply) {
  using std::chrono::duration_cast;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  reply(answer_calendar(*hooks_.calendars(), request, Time{duration_cast<std::chrono::microseconds>(now).count()}));
}

void CommandBackend::control(admin::ReplyFunction reply, std::function<admin::Reply()> task) {
  const auto shared = std::make_shared<admin::ReplyFunction>(std::move(reply));
  if (!control_.post([shared, task = std::move(task)] { (*shared)(task()); })) {
    (*shared)(failure(ErrorCode::busy, "too many commands are waiting; try again in a moment"));
  }
}

void CommandBackend::set_limits(admin::Request request, admin::ReplyFunction reply) {
  const auto shared = std::make_shared<admin::ReplyFunction>(std::move(reply));
  const auto once = [shared](admin::Reply answer) { (*shared)(std::move(answer)); };
  if (!control_.post([once, services = services_, request = std::move(request)] {
        services->trading->set_limits(request, once);
      })) {
    once(failure(ErrorCode::busy, "too many commands are waiting; try again in a moment"));
  }
}

void CommandBackend::set_trading_state(admin::Request request, admin::ReplyFunction reply) {
  const bool beyond_run = is_beyond_run(request);
  if (!beyond_run && request.command->method == "halt") {
    to_run(std::move(request), std::move(reply));
    return;
  }
  // Stopping must not wait in line with what can.
  const auto shared = std::make_shared<admin::ReplyFunction>(std::move(reply));
  const auto once = [shared](admin::Reply answer) { (*shared)(std::move(answer)); };
  const auto task = [once, beyond_run, services = services_, request = std::move(request)] {
    if (beyond_run) {
      services->trading->set_state(request, once);
    } else if (auto trouble = services->trading->lift(request)) {
      once(std::move(*trouble));
    } else {
      services->sequencer->submit(run_command(request, once));
    }
  };
  TD_ASSERT(control_.post(task, SIZE_MAX));
}

void CommandBackend::add_user(admin::Request request, admin::ReplyFunction reply) {
  control(std::move(reply), [this, services = services_, request = std::move(request)] {
    store::NewUser user;
    user.name = request.arguments.at("name").get<std::string>();
    if (request.arguments.contains("uid")) {
      user.uid = request.arguments.at("uid").get<std::int64_t>();
    }
    user.role = request.arguments.value("role", "user");
    if (request.arguments.contains("limits")) {
      Result<engine::Limits> limits = Control::changed_limits({}, request.arguments.at("limits").get<std::string>());
      if (!limits) {
        return failure(ErrorCode::invalid_argument, "limits: " + limits.error().message);
      }
      user.limits = std::move(limits).value();
    }
    const auto added = services->catalog->create_user(user, command_record(request));
    if (added) {
      const json row = json::parse(added->result);
      directory_.add({UserId{row.at("user_id").get<std::int64_t>()}, user.name, user.uid, user.role});
      services->trading->refresh();
    }
    return answer(added);
  });
}

void CommandBackend::to_feeds(admin::Request request, admin::ReplyFunction reply) {
  if (services_->feeds == nullptr) {
    reply(failure(ErrorCode::unavailable,
                  "the feeds are moved by another daemon: " + hooks_.holder_of(engine::kFeedShard) + "; ask that one"));
    return;
  }
  services_->feeds->submit(std::move(request), std::move(reply));
}

void CommandBackend::to_run(admin::Request request, admin::ReplyFunction reply) {
  if (request.arguments.contains("symbol") && !engine::is_symbol(request.arguments.at("symbol").get<std::string>())) {
    reply(failure(ErrorCode::invalid_argument, "symbol: write " + std::string(engine::kSymbolRule)));
    return;
  }
  services_->sequencer->submit(run_command(request, with_whole_order(request, std::move(reply))));
}

admin::ReplyFunction CommandBackend::with_whole_order(const admin::Request& request, admin::ReplyFunction reply) {
  // An order that was found again by its client id may have left the sequencer's memory, which then
  // answers with its number only.
  return [this, services = services_, user = request.user->id, reply = std::move(reply)](admin::Reply answer) {
    if (answer.failure || !answer.result.contains("order_id") || answer.result.contains("status")) {
      reply(std::move(answer));
      return;
    }
    const auto read = [services, user, reply, found = std::move(answer.result)] {
      const auto row = services->reads->row(store::RowName::order, {{"user_id", std::to_string(user.value)},
                                                                    {"run_id", found.at("run_id").dump()},
                                                                    {"order_id", found.at("order_id").dump()}});
      if (!row) {
        reply(failure(row.error()));
      } else {
        reply({row->value_or(found), std::nullopt});
      }
    };
    if (!reads_.post(read)) {
      reply(failure(ErrorCode::busy, "too many queries are waiting; repeat it with the same client order id"));
    }
  };
}

void CommandBackend::start_run(admin::Request request, admin::ReplyFunction reply) {
  const json& arguments = request.arguments;
  const auto feed_name = arguments.at("feed").get<std::string>();
  const std::optional<FeedSummary> feed =
      services_->feeds != nullptr ? services_->feeds->find(feed_name) : services_->followed->find(feed_name);
  if (!feed) {
    reply(failure(ErrorCode::not_found, "there is no feed \"" + feed_name + "\"; see: tradectl feed list"));
    return;
  }
  const std::optional<Money> cash =
      parse_decimal(arguments.value("initial_cash", std::string(kInitialCashDefault)), kMoneyMax);
  if (!cash || cash->is_negative()) {
    reply(failure(ErrorCode::invalid_argument, "initial_cash: write an amount from 0 to " + to_string(kMoneyMax)));
    return;
  }
  Result<config::StrategyDocument> strategy =
      config::parse_strategy(arguments.at("strategy").get<std::string>(), "strategy",
                             feed->bars ? engine::FillAt::next_open : engine::FillAt::close);
  if (!strategy) {
    reply(failure(ErrorCode::invalid_argument, strategy.error().message));
    return;
  }
  sequencer::StartCommand start;
  start.header = command_header(request);
  start.feed = feed->id;
  start.name = arguments.value("name", std::string());
  start.strategy = strategy->strategy;
  start.config = std::make_shared<const engine::RunConfig>(std::move(strategy->config));
  start.config_json = std::move(strategy->canonical_json);
  start.config_hash = strategy->hash;
  start.initial_cash = *cash;
  start.origin = feed->origin;
  start.reply = forward(std::move(reply));
  services_->sequencer->submit(std::move(start));
}

void CommandBackend::delete_run(admin::Request request, admin::ReplyFunction reply) {
  control(std::move(reply), [services = services_, request = std::move(request)] {
    const RunKey run{request.user->id, RunId{request.arguments.at("run").get<std::int64_t>()}};
    return answer(services->catalog->delete_run(run, command_record(request)));
  });
}

void CommandBackend::verify(admin::Request request, admin::ReplyFunction reply) {
  const auto shared = std::make_shared<admin::ReplyFunction>(std::move(reply));
  constexpr std::size_t kWaitingMax = 16;
  const auto task = [this, shared, services = services_, request = std::move(request)] {
    Result<json> page = json();
    if (request.command->method == "ledger.verify") {
      page =
          verify_ledger({services->verification, services->archivist->directory()}, services->sql_directory, canceled_);
    } else {
      const json& arguments = request.arguments;
      const bool everybody = arguments.value("all", false);
      const auto runs = verify_runs(
          {services->verification, services->archivist->directory()},
          everybody ? std::nullopt : std::optional(request.user->id),
          arguments.contains("run") ? std::optional(RunId{arguments.at("run").get<std::int64_t>()}) : std::nullopt,
          canceled_);
      page = runs ? Result<json>(to_page(*runs)) : runs.error();
    }
    (*shared)(page ? admin::Reply{std::move(page).value(), std::nullopt}
                   : failure(ErrorCode::not_found, page.error().message));
  };
  if (!verifications_.post(task, kWaitingMax)) {
    (*shared)(failure(ErrorCode::busy, "too many verifications are waiting; try again later"));
  }
}

void CommandBackend::archive(admin::Request request, admin::ReplyFunction reply) {
  using std::chrono::duration_cast;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto before = protocol::parse_moment(request.arguments.at("before").get<std::string>());
  TD_ASSERT(before.has_value());
  ArchiveRequest wanted;
  wanted.before = before->at(Time{duration_cast<std::chrono::microseconds>(now).count()});
  wanted.dry_run = request.arguments.value("dry_run", false);
  wanted.uid = request.uid;
  const auto shared = std::make_shared<admin::ReplyFunction>(std::move(reply));
  constexpr std::size_t kWaitingMax = 4;
  const auto task = [this, shared, wanted, archivist = services_->archivist] {
    Result<json> page = archivist->archive(wanted, canceled_);
    (*shared)(page ? admin::Reply{std::move(page).value(), std::nullopt}
                   : failure(ErrorCode::refused, page.error().message));
  };
  if (!archiving_.post(task, kWaitingMax)) {
    (*shared)(failure(ErrorCode::busy, "an archive is being written, and others wait; try again later"));
  }
}

void CommandBackend::run_schedule(admin::Request request, admin::ReplyFunction reply) {
  read_later(std::move(reply), [services = services_, request = std::move(request)] {
    return answer_run_schedule(services->verification, request);
  });
}

void CommandBackend::read(admin::Request request, admin::ReplyFunction reply) {
  read_later(std::move(reply),
             [services = services_, request = std::move(request)] { return answer_read(*services->reads, request); });
}

void CommandBackend::watch(admin::Request request, admin::ReplyFunction reply) {
  services_->watch->open(std::move(request), std::move(reply));
}

void CommandBackend::read_later(admin::ReplyFunction reply, std::function<admin::Reply()> task) {
  alternate_ = !alternate_;
  Worker& worker = alternate_ ? reads_ : more_reads_;
  const auto shared = std::make_shared<admin::ReplyFunction>(std::move(reply));
  if (!worker.post([shared, task = std::move(task)] { (*shared)(task()); })) {
    (*shared)(failure(ErrorCode::busy, "too many queries are waiting; try again in a moment"));
  }
}

}  // namespace tradingd
