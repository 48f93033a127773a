#include "daemon/base/log_fields.h"

namespace tradingd {

namespace {

std::vector<LogField>& fields_of_thread() {
  thread_local std::vector<LogField> fields;
  return fields;
}

}  // namespace

LogScope::LogScope(std::initializer_list<LogField> fields) : outer_(fields_of_thread().size()) {
  fields_of_thread().insert(fields_of_thread().end(), fields);
}

LogScope::~LogScope() { fields_of_thread().resize(outer_); }

const std::vector<LogField>& LogScope::current() { return fields_of_thread(); }

}  // namespace tradingd
