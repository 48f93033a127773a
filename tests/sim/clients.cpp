#include "tests/sim/clients.h"

#include <algorithm>
#include <utility>

namespace tradingd::sim {

namespace {

using sequencer::CommandReply;
using sequencer::FailureKind;

/// Nothing was decided: the request is to be sent again.
bool is_open_answer(const CommandReply& reply) {
  return reply.failure == FailureKind::unavailable || reply.failure == FailureKind::busy;
}

bool same_answer(const CommandReply& a, const CommandReply& b) {
  return a.failure == b.failure && (a.failure ? a.message == b.message : a.result == b.result);
}

bool same_answer(const engine::StoredCommand& stored, const CommandReply& reply) {
  const nlohmann::json document = nlohmann::json::parse(stored.result);
  return reply.failure ? !stored.ok && document.at("message") == reply.message : stored.ok && document == reply.result;
}

}  // namespace

Clients::Clients(Random random, Surroundings around) : random_(random), around_(std::move(around)) {
  for (int i = 0; i < around_.swarm->users; ++i) {
    users_.push_back({around_.world->add_user(), false, false, 0, ""});
  }
}

Clients::User& Clients::user_of(UserId id) {
  return *std::find_if(users_.begin(), users_.end(), [id](const User& user) { return user.id == id; });
}

Request& Clients::make(User& user, std::string method) {
  Request& request = requests_.emplace_back();
  request.user = user.id;
  request.id = "r" + std::to_string(requests_.size());
  request.method = std::move(method);
  request.arguments = "{\"n\":\"" + std::to_string(requests_.size()) + "\"}";
  return request;
}

void Clients::start(User& user, Request& request) {
  request.start = std::make_shared<const Configuration>(random_configuration(random_));
  request.feed =
      around_.feeds->at(static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(around_.feeds->size())))).id;
  request.config_json = "{\"number\": \"" + std::to_string(around_.configs->size()) + "\"}";
  around_.configs->push_back(std::make_shared<const engine::RunConfig>(request.start->config));
  if (user.running) {
    around_.coverage->seen("start while another runs");
  }
}

engine::InputBody Clients::body(User& user, std::size_t kind) {
  switch (kind) {
    case 1:
      return random_order(random_, user.modelled, user.orders);
    case 2:
      return engine::CancelOrder{
          OrderId{random_.chance(1, 4) ? random_.below(200) - 2
                                       : std::max<std::int64_t>(1, user.orders - random_.below(6))},
          {}};
    case 3:
      return random_replace(random_, user.orders);
    case 4:
      return engine::Deposit{random_amount(random_), "a test"};
    case 5:
      return engine::Withdraw{random_amount(random_), "a test"};
    case 6:
      return engine::SetTradingState{static_cast<engine::TradingState>((random_.below(5) + 1) / 2), "a test"};
    default:
      return engine::Stop{"a test"};
  }
}

void Clients::act(Daemon& daemon) {
  User& user = users_[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(users_.size())))];
  command(user, daemon);
}

void Clients::command(User& user, Daemon& daemon) {
  std::size_t kind = weighted(random_, around_.swarm->command_weights);
  if (!user.running) {
    kind = random_.chance(9, 10) ? 0 : kind;
    if (kind != 0) {
      around_.coverage->seen("command without a run");
    }
  } else if (kind == 0 && random_.chance(3, 4)) {
    kind = 1;
  } else if (kind == 3 && user.modelled) {
    kind = 1;
  }
  Request& request = make(user, std::string(kInputs.at(kind)));
  if (kind == 0) {
    start(user, request);
  } else {
    request.body = body(user, kind);
  }
  if (random_.chance(1, 150)) {
    // Another command of the user's has had the id: one that was no run's, or one of these.
    request.foreign = true;
    if (random_.chance(1, 2) || by_id_.empty()) {
      around_.world->log_foreign_command(user.id, request.id);
      around_.coverage->seen("request id used elsewhere");
    } else {
      const auto other = std::find_if(requests_.rbegin(), requests_.rend(), [&](const Request& one) {
        return one.user == user.id && !one.foreign && one.answer && &one != &request;
      });
      if (other == requests_.rend() || other->answer->failure) {
        request.given_up = true;
        return;
      }
      request.id = other->id;
      around_.coverage->seen("request id used for another command");
    }
  } else {
    by_id_[{user.id, request.id}] = &request;
  }
  for (const StoredFeed& feed : *around_.feeds) {
    request.seen.push_back(feed.ticks.empty() ? kTimeMin : feed.ticks.back().time);
  }
  request.after = user.last_success;
  open_.push_back(&request);
  send(request, daemon);
}

void Clients::send(Request& request, Daemon& daemon) {
  around_.trace->note(request.method, request.user.value, daemon.life());
  request.waits_for = daemon.life();
  const sequencer::CommandHeader header{request.user, 1000, request.method, request.arguments, request.id};
  const auto replied = std::make_shared<bool>(false);
  const auto reply = [this, &request, life = daemon.life(), replied](CommandReply got) {
    require(!std::exchange(*replied, true), "a request was answered twice");
    answered(request, life, std::move(got));
  };
  if (!request.start) {
    daemon.submit(request.user, sequencer::RunCommand{header, std::nullopt, request.body, reply});
    return;
  }
  sequencer::StartCommand start;
  start.header = header;
  start.feed = request.feed;
  start.strategy = "manual";
  start.config = std::make_shared<const engine::RunConfig>(request.start->config);
  start.config_json = request.config_json;
  start.initial_cash = request.start->initial_cash;
  start.origin = midnight_utc({17'999});
  start.reply = reply;
  daemon.submit(request.user, std::move(start));
}

void Clients::answered(Request& request, int life, CommandReply reply) {
  around_.before_reply();
  around_.trace->note("answer", request.user.value, reply.failure ? static_cast<int>(*reply.failure) : -1);
  around_.trace->say(request.id + " " + request.method + ": " + (reply.failure ? reply.message : reply.result.dump()));
  if (request.waits_for == life) {
    request.waits_for = 0;
  }
  if (is_open_answer(reply)) {
    return;
  }
  if (!request.foreign) {
    check_against_ledger(request, reply);
  } else {
    // Refused before it comes so far, or because of its id.
    require(reply.failure.has_value(), "a request id that was used before was taken: " + request.id);
  }
  if (request.answer) {
    // A failure that isn't in the log leaves nothing behind: asked again, it may go otherwise.
    require(request.answer->failure || same_answer(*request.answer, reply),
            "a request got two answers: " + request.id + " " + reply.message);
    return;
  }
  learn(request, reply);
  request.answer = std::move(reply);
}

void Clients::check_against_ledger(const Request& request, const CommandReply& reply) const {
  const auto stored = around_.world->command(request.user, request.id);
  if (!stored) {
    require(reply.failure.has_value(),
            "a success was told before it was durable: " + request.id + " " + request.method);
    return;
  }
  require(stored->method == request.method, "the log has another command under " + request.id);
  require(same_answer(*stored, reply), "the log has another answer to " + request.id + " " + request.method + ": " +
                                           stored->result + ", told was " + reply.message + reply.result.dump());
}

void Clients::learn(const Request& request, const CommandReply& reply) {
  User& user = user_of(request.user);
  if (reply.failure == FailureKind::not_found && !reply.message.starts_with("ORDER_NOT_FOUND")) {
    user.running = false;
  }
  if (reply.failure == FailureKind::internal) {
    user.running = false;
  }
  if (reply.failure == FailureKind::conflict && request.start && !request.foreign) {
    user.running = true;
  }
  if (reply.failure == FailureKind::refused && request.start) {
    around_.coverage->seen("start refused");
  }
  if (reply.failure || request.foreign) {
    return;
  }
  user.last_success = request.id;
  if (request.start) {
    user.running = true;
    user.modelled = request.start->modelled;
    user.orders = 0;
  } else if (request.method == "run.stop") {
    user.running = false;
  } else if (const auto order = reply.result.find("order_id"); order != reply.result.end()) {
    user.orders = std::max(user.orders, order->get<std::int64_t>());
  }
}

bool Clients::resend(Daemon& daemon, bool all) {
  bool sent = false;
  for (auto one = open_.begin(); one != open_.end();) {
    Request& request = **one;
    if (request.answer || request.given_up) {
      one = open_.erase(one);
      continue;
    }
    ++one;
    if (request.waits_for != 0 || (sent && !all)) {
      continue;
    }
    if (!all && random_.chance(1, 20)) {
      request.given_up = true;
      continue;
    }
    around_.coverage->seen("answered again after a loss");
    send(request, daemon);
    sent = true;
  }
  return sent;
}

void Clients::repeat(Daemon& daemon) {
  if (requests_.empty()) {
    return;
  }
  const auto count = static_cast<std::int64_t>(requests_.size());
  Request& request = requests_[static_cast<std::size_t>(count - 1 - random_.below(std::min<std::int64_t>(count, 40)))];
  // One that has its answer, or one that is still under way.
  const bool known = request.answer ? !request.answer->failure : request.waits_for == daemon.life();
  if (known && !request.foreign) {
    around_.coverage->seen("request repeated");
    send(request, daemon);
  }
}

void Clients::lost(int life) {
  for (Request* request : open_) {
    if (request->waits_for == life) {
      request->waits_for = 0;
    }
  }
}

std::size_t Clients::unanswered() const {
  return static_cast<std::size_t>(
      std::count_if(open_.begin(), open_.end(), [](const Request* one) { return !one->answer && !one->given_up; }));
}

const Request* Clients::find(UserId user, const std::string& id) const {
  const auto found = by_id_.find({user, id});
  return found == by_id_.end() ? nullptr : found->second;
}

void Clients::check_all_kept() const {
  for (const Request& request : requests_) {
    if (request.foreign || !request.answer || request.answer->failure) {
      continue;
    }
    const auto stored = around_.world->command(request.user, request.id);
    require(stored && stored->method == request.method && same_answer(*stored, *request.answer),
            "an acknowledged command is gone from the ledger: " + request.id + " " + request.method);
  }
}

}  // namespace tradingd::sim
