#pragma once
// A value or the reason why there is none. For failures that a caller is expected to handle; a
// denial by a trading rule is an enum value instead, and a bug is TD_ASSERT.

#include <string>
#include <utility>
#include <variant>

#include "daemon/base/assert.h"

namespace tradingd {

/// A failure with a sentence for people that names the thing and the remedy.
struct Error {
  std::string message;
};

/// E: what tells the failure; where callers must tell kinds of failure apart, a type of their own.
template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(E error) : content_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return std::holds_alternative<T>(content_); }
  explicit operator bool() const { return ok(); }

  /// The value. Calling it on a failure is a bug.
  [[nodiscard]] const T& value() const& {
    TD_ASSERT(ok());
    return *std::get_if<T>(&content_);
  }
  [[nodiscard]] T& value() & {
    TD_ASSERT(ok());
    return *std::get_if<T>(&content_);
  }
  [[nodiscard]] T&& value() && {
    TD_ASSERT(ok());
    return std::move(*std::get_if<T>(&content_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  /// The reason. Calling it on a success is a bug.
  [[nodiscard]] const E& error() const {
    TD_ASSERT(!ok());
    return *std::get_if<E>(&content_);
  }

 private:
  std::variant<T, E> content_;
};

}  // namespace tradingd
