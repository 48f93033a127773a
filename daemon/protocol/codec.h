#pragma once
// MessagePack-RPC messages to and from bytes, by its public specification: request
// [0, msgid, method, params], response [1, msgid, error, result], notification [2, method, params],
// where params is an array of one map. JSON values stand for MessagePack's.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/protocol/commands.h"

namespace tradingd::protocol {

struct RequestMessage {
  std::uint32_t msgid = 0;
  std::string method;
  nlohmann::json arguments;  // an object
};

struct ResponseMessage {
  std::uint32_t msgid = 0;
  nlohmann::json error;  // nil, or {code, message, details}
  nlohmann::json result;
};

struct NotificationMessage {
  std::string method;
  nlohmann::json arguments;  // an object
};

struct DecodeFailure {
  std::string message;                 // a sentence for the sender
  std::optional<std::uint32_t> msgid;  // of the request, where it could be read: answer it
  bool malformed = true;               // not a message at all; false: sound, but with a value that is refused
};

using Message = std::variant<RequestMessage, ResponseMessage, NotificationMessage, DecodeFailure>;

/// What a message may hold besides nil, booleans, int64, UTF-8 text without NUL, arrays and maps with text keys.
enum class Numbers : std::uint8_t {
  exact,  // requests: floats and integers beyond int64 are refused
  any,    // responses
};

/// Reads one complete frame, as FrameReader gives it. Never throws.
[[nodiscard]] Message decode(std::string_view frame, Numbers numbers);

/// `arguments` is an object.
[[nodiscard]] std::string encode_request(std::uint32_t msgid, std::string_view method, const nlohmann::json& arguments);
[[nodiscard]] std::string encode_notification(std::string_view method, const nlohmann::json& arguments);
[[nodiscard]] std::string encode_result(std::uint32_t msgid, const nlohmann::json& result);
/// `details` is an object.
[[nodiscard]] std::string encode_error(std::uint32_t msgid, ErrorCode code, std::string_view message,
                                       const nlohmann::json& details);

/// Size of `value` in MessagePack, in bytes.
[[nodiscard]] std::size_t encoded_size(const nlohmann::json& value);

/// Whether `text` is UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace tradingd::protocol
