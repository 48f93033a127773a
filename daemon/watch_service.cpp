#include "daemon/watch_service.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/base/assert.h"
#include "daemon/protocol/codec.h"
#include "daemon/reads.h"
#include "daemon/run_commands.h"

namespace tradingd {

namespace {

using nlohmann::json;
using protocol::ErrorCode;
using store::ListName;

constexpr int kPageRowsMax = 200;
constexpr std::size_t kPageBytes = 64 * 1024;  // of a notification, about; a single row may be larger
constexpr std::size_t kSubscriptionsMax = 1024;
constexpr int kRefreshInterval = 5;  // calls of refresh()

struct Topic {
  std::string_view name;
  ListName list;
};
constexpr std::array kTopics{Topic{"events", ListName::events}, Topic{"orders", ListName::order_changes},
                             Topic{"trades", ListName::trades}, Topic{"equity", ListName::equity}};

const Topic& topic_of(std::string_view name) {
  const auto* found = std::find_if(kTopics.begin(), kTopics.end(), [&](const Topic& one) { return one.name == name; });
  TD_ASSERT(found != kTopics.end());
  return *found;
}

store::Filters filters_of(RunKey run) {
  return {{"user_id", std::to_string(run.user.value)}, {"run_id", std::to_string(run.run.value)}};
}

}  // namespace

struct WatchService::Subscription {
  RunKey run;
  Topic topic;
  json cursor;  // null: from the beginning
  std::shared_ptr<admin::Subscriber> subscriber;
  bool sending = false;  // a notification is on its way
  bool again = false;    // there may be more
  int page_rows = kPageRowsMax;
};

void WatchService::post(Worker::Task task) {
  static_cast<void>(worker_.post(std::move(task), SIZE_MAX));  // refused only when the daemon stops
}

void WatchService::committed(RunKey run) {
  if (count_ == 0) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (listened_.contains(run) && pending_.insert(run).second) {
    post([this, run] { look_at(run); });
  }
}

void WatchService::refresh() {
  const std::lock_guard lock(mutex_);
  if (count_ == 0 || refreshing_ || ++refreshes_ % kRefreshInterval != 0) {
    return;
  }
  refreshing_ = true;
  post([this] {
    remove_dead();
    std::vector<RunKey> runs;
    runs.reserve(by_run_.size());
    for (const auto& [run, subscriptions] : by_run_) {
      runs.push_back(run);
    }
    for (const RunKey run : runs) {
      look_at(run);
    }
    const std::lock_guard relock(mutex_);
    refreshing_ = false;
  });
}

void WatchService::open(admin::Request request, admin::ReplyFunction reply) {
  const auto shared = std::make_shared<admin::ReplyFunction>(std::move(reply));
  if (!worker_.post([this, shared, request = std::move(request)] { begin(request, *shared); })) {
    (*shared)(failure(ErrorCode::busy, "too many subscriptions are waiting; try again in a moment"));
  }
}

// --- The worker's thread

void WatchService::begin(const admin::Request& request, const admin::ReplyFunction& reply) {
  remove_dead();
  if (count_ >= kSubscriptionsMax) {
    reply(failure(ErrorCode::busy, "there are as many subscriptions as the daemon takes; try again later"));
    return;
  }
  auto run = choose_run(reads_, request);
  if (auto* refusal = std::get_if<admin::Reply>(&run)) {
    reply(std::move(*refusal));
    return;
  }
  auto subscription = std::make_shared<Subscription>();
  subscription->run = std::get<RunKey>(run);
  subscription->topic = topic_of(request.arguments.value("topic", "events"));
  subscription->cursor = request.arguments.value("after", json());
  subscription->subscriber = request.subscriber;
  const store::Filters filters = filters_of(subscription->run);
  const auto status = reads_.row(store::RowName::run_status, filters);
  const bool from_now = subscription->cursor.is_null() && !request.arguments.value("from_start", false);
  // Looks for the last row, or whether the cursor is one.
  const auto page = reads_.list(subscription->topic.list, filters, {subscription->cursor, 1, from_now});
  if (!status || !page) {
    reply(failure(!status ? status.error() : page.error()));
    return;
  }
  if (!status->has_value()) {
    reply(failure(ErrorCode::not_found, "there is no run " + std::to_string(subscription->run.run.value) + " of " +
                                            request.user->name + "; see: tradectl run list"));
    return;
  }
  if (from_now) {
    subscription->cursor = page->last;
  }
  by_run_[subscription->run].push_back(subscription);
  {
    const std::lock_guard lock(mutex_);
    listened_.insert(subscription->run);
  }
  ++count_;
  reply({json{{"run_id", subscription->run.run.value},
              {"topic", subscription->topic.name},
              {"columns", page->columns},
              {"next", subscription->cursor}},
         std::nullopt});
  advance(subscription);
}

void WatchService::look_at(RunKey run) {
  {
    const std::lock_guard lock(mutex_);
    pending_.erase(run);
  }
  const auto found = by_run_.find(run);
  if (found == by_run_.end()) {
    return;
  }
  for (const Handle& subscription : std::vector<Handle>(found->second)) {
    if (subscription->sending) {
      subscription->again = true;
    } else {
      advance(subscription);
    }
  }
}

void WatchService::advance(const Handle& subscription) {
  const store::Filters filters = filters_of(subscription->run);
  // Before the rows: a run that is over gets no more of them.
  const auto status = reads_.row(store::RowName::run_status, filters);
  if (!status) {
    return;  // refresh() comes back
  }
  auto page = reads_.list(subscription->topic.list, filters, {subscription->cursor, subscription->page_rows, false});
  if (!page) {
    return;
  }
  const bool running = status->has_value() && (*status)->at("status") == "RUNNING";
  subscription->again = !running || !page->next.is_null();
  if (send_rows(subscription, std::move(page).value()) || running) {
    return;
  }
  const json end = {{"run_id", subscription->run.run.value},
                    {"topic", subscription->topic.name},
                    {"status", status->has_value() ? (*status)->at("status") : json("DELETED")},
                    {"reason", status->has_value() ? (*status)->at("stop_reason") : json()}};
  subscription->subscriber->notify("watch.end", end, true, [](bool) {});
  remove(subscription);
}

bool WatchService::send_rows(const Handle& subscription, store::Page page) {
  if (page.rows.empty()) {
    return false;
  }
  json rows = json::array();
  std::size_t bytes = 0;
  for (json& row : page.rows) {
    const std::size_t size = protocol::encoded_size(row);
    if (!rows.empty() && bytes + size > kPageBytes) {
      subscription->again = true;
      break;
    }
    bytes += size;
    rows.push_back(std::move(row));
  }
  // The next page is about as large as what fitted.
  subscription->page_rows = rows.size() < page.rows.size() ? static_cast<int>(rows.size())
                                                           : std::min(2 * subscription->page_rows, kPageRowsMax);
  subscription->cursor = store::cursor_after(subscription->topic.list, rows.back());
  subscription->sending = true;
  const json arguments = {{"run_id", subscription->run.run.value},
                          {"topic", subscription->topic.name},
                          {"rows", std::move(rows)},
                          {"next", subscription->cursor}};
  subscription->subscriber->notify("watch.rows", arguments, false, [this, subscription](bool sent) {
    post([this, subscription, sent] {
      subscription->sending = false;
      if (!sent) {
        remove(subscription);
      } else if (subscription->again) {
        advance(subscription);
      }
    });
  });
  return true;
}

void WatchService::remove(const Handle& subscription) {
  const auto found = by_run_.find(subscription->run);
  if (found == by_run_.end() || std::erase(found->second, subscription) == 0) {
    return;
  }
  --count_;
  if (found->second.empty()) {
    by_run_.erase(found);
    const std::lock_guard lock(mutex_);
    listened_.erase(subscription->run);
  }
}

void WatchService::remove_dead() {
  std::vector<Handle> dead;
  for (const auto& [run, subscriptions] : by_run_) {
    std::copy_if(subscriptions.begin(), subscriptions.end(), std::back_inserter(dead),
                 [](const Handle& one) { return !one->subscriber->alive(); });
  }
  for (const Handle& subscription : dead) {
    remove(subscription);
  }
}

}  // namespace tradingd
