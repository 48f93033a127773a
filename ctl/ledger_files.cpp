#include "ctl/ledger_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "ctl/output.h"

namespace tradingd::ctl {

using nlohmann::json;

namespace {

std::string csv_line(const json& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + csv_cell(cells.at(i));
  return line + "\n";
}

}  // namespace

LedgerFiles::LedgerFiles(std::string folder) : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) error_ = Error{"can't make the folder '" + folder_ + "': " + error.message()};
}

void LedgerFiles::fail(const std::string& path) {
  if (!error_) error_ = Error{"can't write '" + path + "': " + std::strerror(errno)};
}

void LedgerFiles::append(const std::string& file_name, std::string_view text) {
  if (error_) return;
  const std::string path = folder_ + "/" + file_name;
  auto& file = files_[file_name];
  if (!file) file.reset(std::fopen(path.c_str(), "w"));
  if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) fail(path);
}

void LedgerFiles::add(const std::string& name, const json& columns, const json& rows) {
  const std::string file_name = name + ".csv";
  std::string text = files_.contains(file_name) ? "" : csv_line(columns);
  for (const json& row : rows) text += csv_line(row);
  append(file_name, text);
}

std::optional<Error> LedgerFiles::finish() {
  for (auto& [name, file] : files_) {
    if (file && std::fclose(file.release()) != 0) fail(folder_ + "/" + name);
  }
  files_.clear();
  return error_;
}

}  // namespace tradingd::ctl
