#pragma once
// Answers on standard output: tables for people, JSON and CSV for programs.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/terminal.h"

namespace tradingd::ctl {

enum class Format { people, json, csv };

/// Where output goes. A reader that closes (as `head` does) is no error: what follows is dropped.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;
  /// False when nobody reads any more: stop producing.
  virtual bool write(std::string_view text) = 0;
};

/// Writes to standard output, unbuffered. Ends the process with a message when the disk is full.
class StandardOutput final : public Sink {
 public:
  bool write(std::string_view text) override;

 private:
  bool open_ = true;
};

/// Shows a list page by page, so that its length doesn't matter.
class ListPrinter {
 public:
  ListPrinter() = default;
  ListPrinter(const ListPrinter&) = delete;
  ListPrinter& operator=(const ListPrinter&) = delete;
  virtual ~ListPrinter() = default;

  /// `columns` is an array of names, the same for each page; `rows` an array of arrays. False: nobody reads.
  virtual bool page(const nlohmann::json& columns, const nlohmann::json& rows) = 0;
  /// After the last page.
  virtual void finish() = 0;
};

/// `method` chooses the columns that people see, all of them with `wide`. `sink` outlives the printer.
[[nodiscard]] std::unique_ptr<ListPrinter> make_list_printer(Format format, std::string_view method, bool wide,
                                                             const Terminal& terminal, Sink& sink);

/// A row: a map, whose values may be maps and arrays.
[[nodiscard]] std::string render_row(Format format, const nlohmann::json& row, const Terminal& terminal);

/// A value as CSV has it: quoted where it must be, nil as nothing.
[[nodiscard]] std::string csv_cell(const nlohmann::json& value);

}  // namespace tradingd::ctl
