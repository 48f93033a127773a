#include "daemon/protocol/codec.h"

#define MSGPACK_NO_BOOST
#include <array>
#include <limits>
#include <msgpack.hpp>
#include <utility>

#include "daemon/base/assert.h"
#include "daemon/protocol/frame.h"

namespace tradingd::protocol {

namespace {

using nlohmann::json;

constexpr std::size_t kMapEntriesMax = 64;

// The first element of a message.
constexpr std::uint8_t kRequest = 0;
constexpr std::uint8_t kResponse = 1;
constexpr std::uint8_t kNotification = 2;

/// A value that may not be in the message; ends the reading of it.
struct Refused {
  std::string message;
  bool malformed;
};

class Reader {
 public:
  explicit Reader(Numbers numbers) : numbers_(numbers) {}

  [[nodiscard]] json value(const msgpack::object& object) const {
    switch (object.type) {
      case msgpack::type::NIL:
        return nullptr;
      case msgpack::type::BOOLEAN:
        return object.via.boolean;
      case msgpack::type::POSITIVE_INTEGER:
        return unsigned_integer(object.via.u64);
      case msgpack::type::NEGATIVE_INTEGER:
        return object.via.i64;
      case msgpack::type::FLOAT32:
      case msgpack::type::FLOAT64:
        if (numbers_ == Numbers::any) return object.via.f64;
        throw Refused{"floating-point numbers are not exact; send decimals as text, such as \"12.5\"", false};
      case msgpack::type::STR:
        return text(object);
      case msgpack::type::ARRAY:
        return array(object);
      case msgpack::type::MAP:
        return map(object);
      case msgpack::type::BIN:
      case msgpack::type::EXT:
        break;
    }
    throw Refused{"binary and extension types are not used here; send text as str", true};
  }

  [[nodiscard]] static std::string text(const msgpack::object& object) {
    if (object.type != msgpack::type::STR) throw Refused{"text was expected where there is none", true};
    const std::string_view bytes(object.via.str.ptr, object.via.str.size);
    if (!is_utf8(bytes)) throw Refused{"the message has text that is not UTF-8", true};
    if (bytes.find('\0') != std::string_view::npos) throw Refused{"the message has text with a NUL character", true};
    return std::string(bytes);
  }

  /// params: an array of one map; an empty array or map also stands for no arguments.
  [[nodiscard]] json arguments(const msgpack::object& params) const {
    if (params.type == msgpack::type::MAP) return map(params);
    if (params.type == msgpack::type::ARRAY && params.via.array.size == 0) return json::object();
    if (params.type != msgpack::type::ARRAY || params.via.array.size != 1 ||
        params.via.array.ptr[0].type != msgpack::type::MAP) {
      throw Refused{"the parameters must be an array of one map: [{argument: value}]", false};
    }
    return map(params.via.array.ptr[0]);
  }

 private:
  [[nodiscard]] json unsigned_integer(std::uint64_t value) const {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(value);
    }
    if (numbers_ == Numbers::any) return value;
    throw Refused{"the integer " + std::to_string(value) + " does not fit in 64 bits with a sign", false};
  }

  [[nodiscard]] json array(const msgpack::object& object) const {
    json result = json::array();
    for (std::uint32_t i = 0; i < object.via.array.size; ++i) result.push_back(value(object.via.array.ptr[i]));
    return result;
  }

  [[nodiscard]] json map(const msgpack::object& object) const {
    json result = json::object();
    for (std::uint32_t i = 0; i < object.via.map.size; ++i) {
      const msgpack::object_kv& entry = object.via.map.ptr[i];
      std::string key = text(entry.key);
      if (result.contains(key)) throw Refused{"the key '" + key + "' comes twice in one map", true};
      result.emplace(std::move(key), value(entry.val));
    }
    return result;
  }

  Numbers numbers_;
};

Refused not_a_message() { return {"a message is [0, msgid, method, [{arguments}]]", true}; }

Message read(const msgpack::object& root, Numbers numbers, std::optional<std::uint32_t>& msgid) {
  const Reader reader(numbers);
  if (root.type != msgpack::type::ARRAY || root.via.array.size < 3) throw not_a_message();
  const msgpack::object* parts = root.via.array.ptr;
  if (parts[0].type != msgpack::type::POSITIVE_INTEGER) throw not_a_message();

  const std::uint64_t type = parts[0].via.u64;
  if (type == kNotification && root.via.array.size == 3) {
    return NotificationMessage{Reader::text(parts[1]), reader.arguments(parts[2])};
  }
  if (root.via.array.size != 4 || parts[1].type != msgpack::type::POSITIVE_INTEGER ||
      parts[1].via.u64 > std::numeric_limits<std::uint32_t>::max()) {
    throw not_a_message();
  }
  const auto id = static_cast<std::uint32_t>(parts[1].via.u64);
  if (type == kResponse) return ResponseMessage{id, reader.value(parts[2]), reader.value(parts[3])};
  if (type != kRequest) throw not_a_message();
  msgid = id;
  return RequestMessage{id, Reader::text(parts[2]), reader.arguments(parts[3])};
}

/// Objects of the unpacker point into the frame instead of copying it.
bool always_reference(msgpack::type::object_type /*type*/, std::size_t /*size*/, void* /*data*/) { return true; }

using Packer = msgpack::packer<msgpack::sbuffer>;

void pack(Packer& packer, std::string_view text) {
  packer.pack_str(static_cast<std::uint32_t>(text.size()));
  packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

void pack(Packer& packer, const json& value) {
  switch (value.type()) {
    case json::value_t::null:
    case json::value_t::discarded:
      packer.pack_nil();
      break;
    case json::value_t::boolean:
      value.get<bool>() ? packer.pack_true() : packer.pack_false();
      break;
    case json::value_t::number_integer:
      packer.pack_int64(value.get<std::int64_t>());
      break;
    case json::value_t::number_unsigned:
      packer.pack_uint64(value.get<std::uint64_t>());
      break;
    case json::value_t::number_float:
      packer.pack_double(value.get<double>());
      break;
    case json::value_t::string:
      pack(packer, std::string_view(value.get_ref<const std::string&>()));
      break;
    case json::value_t::array:
      packer.pack_array(static_cast<std::uint32_t>(value.size()));
      for (const json& element : value) pack(packer, element);
      break;
    case json::value_t::object:
      packer.pack_map(static_cast<std::uint32_t>(value.size()));
      for (const auto& [key, element] : value.items()) {
        pack(packer, std::string_view(key));
        pack(packer, element);
      }
      break;
    case json::value_t::binary:
      TD_ASSERT(false);  // binary values are no part of the protocol
  }
}

std::string to_string(const msgpack::sbuffer& buffer) { return {buffer.data(), buffer.size()}; }

}  // namespace

Message decode(std::string_view frame, Numbers numbers) {
  std::optional<std::uint32_t> msgid;
  try {
    // The frame's own length bounds what it can hold, so that only maps and extensions need a limit of theirs.
    const std::size_t size = frame.size();
    const std::size_t map_max = numbers == Numbers::exact ? kMapEntriesMax : size;
    const msgpack::unpack_limit limit(size, map_max, size, 0, 0, kDepthMax);
    std::size_t offset = 0;
    bool referenced = false;
    const msgpack::object_handle handle =
        msgpack::unpack(frame.data(), size, offset, referenced, always_reference, nullptr, limit);
    if (offset != size) return DecodeFailure{"the message has bytes after its end", std::nullopt, true};
    return read(handle.get(), numbers, msgid);
  } catch (const Refused& refused) {
    return DecodeFailure{refused.message, msgid, refused.malformed};
  } catch (const msgpack::map_size_overflow&) {
    return DecodeFailure{"a map has more than " + std::to_string(kMapEntriesMax) + " entries", msgid, true};
  } catch (const std::exception& error) {
    return DecodeFailure{std::string("the message is not valid MessagePack: ") + error.what(), msgid, true};
  }
}

std::string encode_request(std::uint32_t msgid, std::string_view method, const json& arguments) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_array(4).pack_uint8(kRequest).pack_uint32(msgid);
  pack(packer, method);
  packer.pack_array(1);
  pack(packer, arguments);
  return to_string(buffer);
}

std::string encode_notification(std::string_view method, const json& arguments) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_array(3).pack_uint8(kNotification);
  pack(packer, method);
  packer.pack_array(1);
  pack(packer, arguments);
  return to_string(buffer);
}

std::string encode_result(std::uint32_t msgid, const json& result) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_array(4).pack_uint8(kResponse).pack_uint32(msgid).pack_nil();
  pack(packer, result);
  return to_string(buffer);
}

std::string encode_error(std::uint32_t msgid, ErrorCode code, std::string_view message, const json& details) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_array(4).pack_uint8(kResponse).pack_uint32(msgid);
  pack(packer, json{{"code", to_text(code)}, {"message", message}, {"details", details}});
  packer.pack_nil();
  return to_string(buffer);
}

std::size_t encoded_size(const json& value) {
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  pack(packer, value);
  return buffer.size();
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto first = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    if (length == 0 || text.size() - i < length) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xc0U) != 0x80) return false;
    }
    if (length > 2) {
      // The second byte tells overlong forms, surrogates and what lies beyond U+10FFFF.
      const auto second = static_cast<std::uint8_t>(text[i + 1]);
      if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
          (first == 0xf4 && second > 0x8f)) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

}  // namespace tradingd::protocol
