// td_documents page TEMPLATE | completion TEMPLATE NAMES: writes the document to standard output.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "packaging/documents/documents.h"

namespace {

std::string read_file(const char* name) {
  std::ifstream file(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  namespace documents = tradingd::documents;
  const std::string what = argc > 1 ? argv[1] : "";
  std::string text;
  if (what == "page" && argc == 3) {
    text = documents::make_page(read_file(argv[2]));
  } else if (what == "completion" && argc == 4) {
    text = documents::make_completion(read_file(argv[2]), read_file(argv[3]));
  }
  if (text.empty()) {
    std::fprintf(stderr, "usage: td_documents page TEMPLATE | completion TEMPLATE NAMES\n");
    return 64;
  }
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
}
