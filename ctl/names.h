#pragma once
// What people name by as much of its name as no other begins with: runs, orders, feeds and users.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/client.h"
#include "daemon/base/result.h"

namespace tradingd::ctl {

/// A kind of thing with names, and the list that has them.
struct NameKind {
  std::string_view noun;                             // "run"
  std::string_view method;                           // the list: "run.list"
  std::string_view id;                               // its column that the daemon is given
  std::string_view name;                             // its column that people type
  std::string_view hint;                             // what can be typed
  std::vector<std::string_view> preferred_statuses;  // where several of a name differ in it, these are meant
};
[[nodiscard]] const NameKind& run_names();
[[nodiscard]] const NameKind& order_names();
[[nodiscard]] const NameKind& feed_names();
[[nodiscard]] const NameKind& user_names();

/// Finds what a text names.
class NameSearch {
 public:
  NameSearch(const NameKind& kind, std::string wanted) : kind_(kind), wanted_(std::move(wanted)) {}

  /// A page of the kind's list.
  void add(const nlohmann::json& columns, const nlohmann::json& rows);
  /// Its id: of the whole name before beginnings of names, of the preferred statuses before others. The error names
  /// the candidates.
  [[nodiscard]] Result<nlohmann::json> choose() const;

 private:
  struct Candidate {
    nlohmann::json id;
    std::string name;
    bool preferred = false;
  };
  const NameKind& kind_;
  std::string wanted_;
  std::vector<Candidate> candidates_;
};

/// Replaces the name in `value` by what the daemon knows it by; `filter` has the list's own arguments.
[[nodiscard]] std::optional<CallFailure> resolve_name(Client& client, const NameKind& kind, nlohmann::json filter,
                                                      nlohmann::json& value);
/// Replaces names of runs (`run`) and orders (`order_id`, `oco`) in the arguments of a call by their numbers.
[[nodiscard]] std::optional<CallFailure> resolve_names(Client& client, nlohmann::json& arguments);

/// Lets the client take users and feeds by the beginnings of their names. The name is tried as it stands first: so
/// whole ones, which programs use, cost nothing.
void accept_short_names(Client& client);

}  // namespace tradingd::ctl
