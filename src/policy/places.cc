#include "policy/places.h"

namespace muzn::policy {
namespace {

// Goes over JSON that is known to be good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }
  char next() const { return done() ? '\0' : text_[at_]; }
  std::size_t at() const { return at_; }
  std::string_view from(std::size_t begin) const { return text_.substr(begin, at_ - begin); }

  void skip_space() {
    while (!done() && (next() == ' ' || next() == '\t' || next() == '\n' || next() == '\r')) ++at_;
  }
  // What stands between values, too.
  void skip_marks() {
    skip_space();
    while (next() == ',' || next() == ':') {
      ++at_;
      skip_space();
    }
  }
  void enter() { ++at_; }
  void skip_string() {
    ++at_;
    while (!done() && next() != '"') at_ += next() == '\\' ? 2 : 1;
    ++at_;
  }
  void skip_value() {
    std::size_t depth = 0;
    do {
      const char c = next();
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && depth > 0) --depth;
      ++at_;
    } while (!done() && (depth > 0 || !ends_value()));
  }

 private:
  bool ends_value() const {
    const char before = text_[at_ - 1];
    if (before == '}' || before == ']' || before == '"') return true;
    return std::string_view(",]} \t\n\r").contains(next());
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

Place place_of(std::string_view text, std::size_t at) {
  Place out{.line = 1, .column = 1};
  for (const char c : text.substr(0, at)) {
    ++out.column;
    if (c != '\n') continue;
    ++out.line;
    out.column = 1;
  }
  return out;
}

// Goes to the value of the member; false: there is none.
bool find_statement(Scanner& scan) {
  scan.skip_space();
  scan.enter();
  for (scan.skip_marks(); !scan.done() && scan.next() == '"'; scan.skip_marks()) {
    const std::size_t begin = scan.at();
    scan.skip_string();
    const bool found = scan.from(begin) == R"("Statement")";
    scan.skip_marks();
    if (found) return true;
    scan.skip_value();
  }
  return false;
}

}  // namespace

std::vector<Span> statement_places(std::string_view json) {
  std::vector<Span> out;
  Scanner scan(json);
  if (!find_statement(scan)) return out;
  const bool many = scan.next() == '[';
  if (many) scan.enter();
  do {
    scan.skip_marks();
    if (scan.next() != '{') break;
    const std::size_t begin = scan.at();
    scan.skip_value();
    out.push_back({.begin = place_of(json, begin), .end = place_of(json, scan.at())});
  } while (many && !scan.done());
  return out;
}

}  // namespace muzn::policy
