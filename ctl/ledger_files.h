#pragma once
// A run's ledger as files: a CSV file a table, and a journal for plain-text accounting.

#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "daemon/base/result.h"

namespace tradingd::ctl {

/// Writes into a folder, which it makes. Files of the same names are replaced. The first thing that goes wrong is
/// kept and ends the writing.
class LedgerFiles {
 public:
  explicit LedgerFiles(std::string folder);

  /// Appends rows to "NAME.csv"; the first call of a name writes the header.
  void add(const std::string& name, const nlohmann::json& columns, const nlohmann::json& rows);
  /// Appends to a file as it is.
  void append(const std::string& file_name, std::string_view text);
  /// Closes everything. nullopt: all is written.
  [[nodiscard]] std::optional<Error> finish();
  [[nodiscard]] bool failed() const { return error_.has_value(); }

 private:
  struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };
  void fail(const std::string& path);

  std::string folder_;
  std::map<std::string, std::unique_ptr<std::FILE, Close>> files_;
  std::optional<Error> error_;
};

}  // namespace tradingd::ctl
