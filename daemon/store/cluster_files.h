#pragma once
// The files of the embedded cluster that the daemon writes (configuration) and reads (the server's pid
// file, the end of its log).

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace tradingd::store {

/// Port number in the socket's name; the socket's folder is private, so it can always be the same.
inline constexpr int kClusterPort = 5432;

/// Writes postgresql.conf, pg_hba.conf and pg_ident.conf. They are replaced at each start; an
/// administrator's own settings belong into local.conf beside them, which is made empty when missing and then never
/// touched.
[[nodiscard]] std::optional<Error> write_cluster_configuration(const std::filesystem::path& data_dir,
                                                               const std::filesystem::path& socket_dir,
                                                               bool group_access);

/// What the server says about itself in postmaster.pid.
struct PostmasterFile {
  pid_t pid = -1;
  std::string status;  // "starting", "ready", "stopping"; empty before the server has written it
};

/// nullopt without a file, or with one that is only half written.
[[nodiscard]] std::optional<PostmasterFile> read_postmaster_file(const std::filesystem::path& data_dir);

/// Whether `pid` is a live PostgreSQL process on `data_dir`: the server or one of its backends. A pid that has
/// passed to another program, or whose process is dead and only not reaped yet, is none.
[[nodiscard]] bool serves(pid_t pid, const std::filesystem::path& data_dir);
/// All such processes of this account.
[[nodiscard]] std::vector<pid_t> server_processes(const std::filesystem::path& data_dir);

/// The last lines that were written to `file` after its first `from` bytes, for an error message.
[[nodiscard]] std::string tail_of(const std::filesystem::path& file, std::uintmax_t from);

}  // namespace tradingd::store
