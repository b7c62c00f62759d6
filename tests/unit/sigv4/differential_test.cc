// Reads the cases that tests/s3/sigv4_differential.py made with botocore's signer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "codec/base64.h"
#include "unit/sigv4/fixture.h"

namespace muzn::sigv4 {
namespace {

TEST(Differential, Botocore) {
  const char* const path = std::getenv("MUZN_SIGV4_CASES");
  if (path == nullptr) GTEST_SKIP() << "MUZN_SIGV4_CASES names no file of cases";
  std::ifstream file(path);
  ASSERT_TRUE(file.good());
  std::size_t count = 0;
  std::size_t wrong = 0;
  for (std::string line; std::getline(file, line); ++count) {
    std::istringstream words(line);
    std::string verdict;
    std::string time;
    words >> verdict >> time;
    std::vector<std::string> parts;
    for (std::string word; words >> word;) {
      parts.push_back(word == "-" ? "" : codec::hex_decode(word).value());
    }
    ASSERT_TRUE(parts.size() >= 2 && parts.size() % 2 == 0) << line;
    http::RequestHead head = request(parts[0], parts[1], {});
    for (std::size_t i = 2; i < parts.size(); i += 2) head.headers.add(parts[i], parts[i + 1]);
    head.host = head.headers.get("host").value_or("");
    const Outcome outcome = judge(head, at(time), us_east_1());
    if (outcome.code.empty() == (verdict == "proved")) continue;
    ADD_FAILURE() << "case " << count << " should be " << verdict << " but: " << outcome.code << " "
                  << outcome.refusal.message << "\n"
                  << parts[0] << " " << parts[1] << "\n"
                  << outcome.refusal.canonical_request;
    if (++wrong == 3) break;
  }
  EXPECT_GT(count, 0U);
}

}  // namespace
}  // namespace muzn::sigv4
