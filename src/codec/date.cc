#include "codec/date.h"

#include <algorithm>
#include <array>

namespace muzn::codec {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Fields {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int weekday = 0;  // 0 is Sunday; set by split() only
  int millis = 0;   // set by split() only
};

Fields split(Time time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const auto of_day = time - day;
  const auto whole_seconds = floor<seconds>(of_day).count();
  Fields out;
  out.year = static_cast<int>(date.year());
  out.month = static_cast<unsigned>(date.month());
  out.day = static_cast<unsigned>(date.day());
  out.hour = static_cast<int>(whole_seconds / 3600);
  out.minute = static_cast<int>(whole_seconds / 60 % 60);
  out.second = static_cast<int>(whole_seconds % 60);
  out.weekday = static_cast<int>(std::chrono::weekday{day}.c_encoding());
  out.millis = static_cast<int>(floor<milliseconds>(of_day).count() % 1000);
  return out;
}

// Text of numbers of fixed width. By hand: each request writes three dates, and a formatter costs
// more than all the rest of one.
class Digits {
 public:
  Digits() { out_.reserve(32); }
  Digits& text(std::string_view text) {
    out_.append(text);
    return *this;
  }
  // REQUIRES 0 <= value < 10^width, and width <= 4.
  template <class Number>
  Digits& number(Number value, std::size_t width) {
    std::array<char, 4> digits{};
    for (std::size_t i = width; i-- > 0; value /= 10) {
      digits.at(i) = static_cast<char>('0' + value % 10);
    }
    out_.append(digits.data(), width);
    return *this;
  }
  Digits& year(int year) {
    if (year >= 0 && year <= 9999) return number(year, 4);
    return text(std::to_string(year));  // no clock shows it, but it must not look like another
  }
  Digits& clock(const Fields& fields) {
    number(fields.hour, 2).text(":").number(fields.minute, 2).text(":");
    return number(fields.second, 2);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::unexpected<Error> bad_date() {
  return fail(Code::kInvalid, "date: not a valid date");
}

Result<Time> join(const Fields& fields) {
  const year_month_day date{std::chrono::year{fields.year}, std::chrono::month{fields.month},
                            std::chrono::day{fields.day}};
  // Leap seconds have no instant in POSIX time, so :60 is refused.
  if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 59) {
    return bad_date();
  }
  return Time{std::chrono::sys_days{date}} + hours{fields.hour} + minutes{fields.minute} +
         seconds{fields.second};
}

// Takes the text apart from the front. A mismatch makes it failed for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    if (!take(expected)) ok_ = false;
  }
  bool take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  // Exactly `width` digits.
  int number(std::size_t width) {
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const int digit = next_digit();
      if (digit < 0) {
        ok_ = false;
        return 0;
      }
      value = value * 10 + digit;
    }
    return value;
  }
  unsigned unsigned_number(std::size_t width) { return static_cast<unsigned>(number(width)); }
  // Consumes a digit; -1 when there is none.
  int next_digit() {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return -1;
    const int digit = rest_.front() - '0';
    rest_.remove_prefix(1);
    return digit;
  }
  // Index of the name that comes next.
  template <std::size_t N>
  unsigned name(const std::array<std::string_view, N>& names) {
    for (unsigned i = 0; i < N; ++i) {
      if (take(names[i])) return i;
    }
    ok_ = false;
    return 0;
  }
  unsigned month() { return name(kMonths) + 1; }
  void clock(Fields& fields) {
    fields.hour = number(2);
    literal(":");
    fields.minute = number(2);
    literal(":");
    fields.second = number(2);
  }
  bool done() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }
  void spoil() { ok_ = false; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// Up to nine digits; those past the microsecond are dropped.
microseconds fraction(Scanner& scanner) {
  std::int64_t micros = 0;
  int count = 0;
  for (int digit = scanner.next_digit(); digit >= 0; digit = scanner.next_digit()) {
    if (count < 6) micros = micros * 10 + digit;
    ++count;
  }
  if (count == 0 || count > 9) scanner.spoil();
  for (int i = count; i < 6; ++i) micros *= 10;
  return microseconds{micros};
}

minutes zone(Scanner& scanner) {
  if (scanner.take("Z")) return minutes{0};
  const bool west = scanner.take("-");
  if (!west) scanner.literal("+");
  const int hour = scanner.number(2);
  scanner.literal(":");
  const int minute = scanner.number(2);
  if (hour > 23 || minute > 59) scanner.spoil();
  const minutes offset = hours{hour} + minutes{minute};
  return west ? -offset : offset;
}

Result<Time> parse_imf_fixdate(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  scanner.name(kDays);
  scanner.literal(", ");
  fields.day = scanner.unsigned_number(2);
  scanner.literal(" ");
  fields.month = scanner.month();
  scanner.literal(" ");
  fields.year = scanner.number(4);
  scanner.literal(" ");
  scanner.clock(fields);
  scanner.literal(" GMT");
  if (!scanner.done()) return bad_date();
  return join(fields);
}

Result<Time> parse_rfc850(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  scanner.name(kLongDays);
  scanner.literal(", ");
  fields.day = scanner.unsigned_number(2);
  scanner.literal("-");
  fields.month = scanner.month();
  scanner.literal("-");
  const int year = scanner.number(2);
  // A pivot as in POSIX strptime: this module has no clock for RFC 9110's "50 years ahead".
  fields.year = year + (year < 69 ? 2000 : 1900);
  scanner.literal(" ");
  scanner.clock(fields);
  scanner.literal(" GMT");
  if (!scanner.done()) return bad_date();
  return join(fields);
}

Result<Time> parse_asctime(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  scanner.name(kDays);
  scanner.literal(" ");
  fields.month = scanner.month();
  scanner.literal(" ");
  fields.day = scanner.take(" ") ? scanner.unsigned_number(1) : scanner.unsigned_number(2);
  scanner.literal(" ");
  scanner.clock(fields);
  scanner.literal(" ");
  fields.year = scanner.number(4);
  if (!scanner.done()) return bad_date();
  return join(fields);
}

}  // namespace

std::string iso8601_millis(Time time) {
  const Fields f = split(time);
  Digits out;
  out.year(f.year).text("-").number(f.month, 2).text("-").number(f.day, 2).text("T");
  out.clock(f).text(".").number(f.millis, 3).text("Z");
  return out.take();
}

std::string iso8601_basic(Time time) {
  const Fields f = split(time);
  Digits out;
  out.year(f.year).number(f.month, 2).number(f.day, 2).text("T");
  out.number(f.hour, 2).number(f.minute, 2).number(f.second, 2).text("Z");
  return out.take();
}

std::string http_date(Time time) {
  const Fields f = split(time);
  Digits out;
  out.text(kDays[static_cast<std::size_t>(f.weekday)]).text(", ").number(f.day, 2).text(" ");
  out.text(kMonths[f.month - 1]).text(" ").year(f.year).text(" ").clock(f).text(" GMT");
  return out.take();
}

Result<Time> parse_iso8601_basic(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  fields.year = scanner.number(4);
  fields.month = scanner.unsigned_number(2);
  fields.day = scanner.unsigned_number(2);
  scanner.literal("T");
  fields.hour = scanner.number(2);
  fields.minute = scanner.number(2);
  fields.second = scanner.number(2);
  scanner.literal("Z");
  if (!scanner.done()) return bad_date();
  return join(fields);
}

Result<Time> parse_iso8601(std::string_view text) {
  Scanner scanner(text);
  Fields fields;
  fields.year = scanner.number(4);
  scanner.literal("-");
  fields.month = scanner.unsigned_number(2);
  scanner.literal("-");
  fields.day = scanner.unsigned_number(2);
  scanner.literal("T");
  scanner.clock(fields);
  const microseconds part = scanner.take(".") ? fraction(scanner) : microseconds{0};
  const minutes offset = zone(scanner);
  if (!scanner.done()) return bad_date();
  TRY(const Time local, join(fields));
  return local + part - offset;
}

Result<Time> parse_http_date(std::string_view text) {
  // The name of the day must be one, but need not fit the date: AWS takes
  // "Sat, 29 Oct 2100 19:43:31 GMT", a Friday, and clients send such things.
  const std::size_t comma = text.find(',');
  if (comma == 3) return parse_imf_fixdate(text);
  if (comma != std::string_view::npos) return parse_rfc850(text);
  return parse_asctime(text);
}

}  // namespace muzn::codec
