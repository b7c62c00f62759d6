// Lines of a log: whatever a value holds, a line has no line break, no control character and no
// invalid UTF-8. Written by hand, since each request pays for one.
#pragma once
#include <string>
#include <string_view>

namespace muzn::audit {

// One JSON object, in the order of the calls. Names are plain ASCII, each used once.
class JsonLine {
 public:
  void text(std::string_view name, std::string_view value);
  template <class Number>
  void number(std::string_view name, Number value) {
    begin(name);
    out_.append(std::to_string(value));
  }
  void boolean(std::string_view name, bool value);
  std::string finish();

 private:
  void begin(std::string_view name);
  void plain(std::string_view name, std::string_view value);
  std::string out_;
};

// name=value for people. Empty texts are left out, and those that are more than a word are quoted.
class TextLine {
 public:
  TextLine() = default;
  // What stands in front. REQUIRES that it is plain.
  explicit TextLine(std::string begin) : out_(std::move(begin)) {}

  void text(std::string_view name, std::string_view value);
  template <class Number>
  void number(std::string_view name, Number value) {
    begin(name);
    out_.append(std::to_string(value));
  }
  std::string finish() { return std::move(out_); }

 private:
  void begin(std::string_view name);
  std::string out_;
};

}  // namespace muzn::audit
