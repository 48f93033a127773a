#pragma once
// The users' side of a simulation: what they have asked for, how often, and what they were told.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sequencer/work.h"
#include "tests/sim/coverage.h"
#include "tests/sim/daemon.h"
#include "tests/sim/generator.h"
#include "tests/sim/swarm.h"
#include "tests/sim/trace.h"

namespace tradingd::sim {

struct Request {
  UserId user;
  std::string id;
  std::string method;
  std::string arguments;
  engine::InputBody body;                      // but for a start
  std::shared_ptr<const Configuration> start;  // of a start
  std::string config_json;
  FeedId feed;
  int waits_for = 0;     // the life of the daemon that has it; 0: none
  bool foreign = false;  // its id belongs to another command of the user's
  bool given_up = false;
  std::optional<sequencer::CommandReply> answer;
  std::vector<Time> seen;  // by feed: the last tick before it was first sent
  std::string after;       // the request that was the user's last success when it was first sent
};

/// Sends requests and holds every answer against the ledger as it stands at that moment.
class Clients {
 public:
  struct Surroundings {
    World* world;
    Coverage* coverage;
    Trace* trace;
    const Swarm* swarm;
    std::vector<StoredFeed>* feeds;
    /// Configurations by their number in the JSON.
    std::vector<std::shared_ptr<const engine::RunConfig>>* configs;
    /// Called when an answer comes out of a daemon; it may die of it.
    std::function<void()> before_reply;
  };
  Clients(Random random, Surroundings around);

  void act(Daemon& daemon);
  /// Sends what has no answer again; false when there was nothing.
  bool resend(Daemon& daemon, bool all);
  /// Sends a request once more that has its answer, or waits for it.
  void repeat(Daemon& daemon);
  /// The daemon is gone, and with it all its connections.
  void lost(int life);
  /// Requests without an answer.
  [[nodiscard]] std::size_t unanswered() const;

  [[nodiscard]] const Request* find(UserId user, const std::string& id) const;
  [[nodiscard]] UserId user(std::int64_t number) const { return users_[static_cast<std::size_t>(number)].id; }
  /// Each success is in the ledger still, with its answer.
  void check_all_kept() const;

 private:
  struct User {
    UserId id;
    bool running = false;  // as far as its owner knows
    bool modelled = false;
    std::int64_t orders = 0;
    std::string last_success;
  };

  Request& make(User& user, std::string method);
  void start(User& user, Request& request);
  void command(User& user, Daemon& daemon);
  engine::InputBody body(User& user, std::size_t kind);
  void send(Request& request, Daemon& daemon);
  void answered(Request& request, int life, sequencer::CommandReply reply);
  void check_against_ledger(const Request& request, const sequencer::CommandReply& reply) const;
  void learn(const Request& request, const sequencer::CommandReply& reply);
  User& user_of(UserId id);

  Random random_;
  Surroundings around_;
  std::vector<User> users_;
  std::deque<Request> requests_;
  std::map<std::pair<UserId, std::string>, Request*> by_id_;
  std::deque<Request*> open_;  // sent, or to be sent again
};

}  // namespace tradingd::sim
