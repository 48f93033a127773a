#pragma once
// From a command of the protocol to work for the sequencer, and from its answer to a reply.

#include "daemon/admin/backend.h"
#include "daemon/engine/ledger.h"
#include "daemon/sequencer/work.h"

namespace tradingd {

/// Whether the command changes a run that is there: order.place, cash.deposit, run.stop …
[[nodiscard]] bool is_run_command(std::string_view method);

/// What such a command, or a standing order's input, tells the engine; nullopt for another method.
[[nodiscard]] std::optional<engine::InputBody> input_body(std::string_view method, const nlohmann::json& arguments);

/// The work for such a command. Its callback calls `reply`.
[[nodiscard]] sequencer::RunCommand run_command(const admin::Request& request, admin::ReplyFunction reply);

/// Who asks, for a command of any kind.
[[nodiscard]] sequencer::CommandHeader command_header(const admin::Request& request);

/// The same for `command_log`, of a command that no run carries out.
[[nodiscard]] engine::CommandRecord command_record(const admin::Request& request);

/// Passes a sequencer's answer on.
[[nodiscard]] sequencer::CommandCallback forward(admin::ReplyFunction reply);

/// A failure as a reply.
[[nodiscard]] admin::Reply failure(protocol::ErrorCode code, std::string message);

}  // namespace tradingd
