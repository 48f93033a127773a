// td_documents page TEMPLATE | completion SHELL: writes the document to standard output.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "packaging/documents/documents.h"

int main(int argc, char** argv) {
  namespace documents = tradingd::documents;
  const std::string what = argc == 3 ? argv[1] : "";
  std::string text;
  if (what == "page") {
    std::ifstream file(argv[2], std::ios::binary);
    text = documents::make_page(std::string(std::istreambuf_iterator<char>(file), {}));
  } else if (what == "completion") {
    text = documents::make_completion(argv[2]);
  }
  if (text.empty()) {
    std::fprintf(stderr, "usage: td_documents page TEMPLATE | completion bash|zsh|fish\n");
    return 64;
  }
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
}
