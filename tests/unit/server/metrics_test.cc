#include "server/metrics.h"

#include <gtest/gtest.h>

namespace muzn::server {
namespace {

TEST(Metrics, CountsByOperationStatusAndTime) {
  Metrics metrics({"PutObject", "GetObject"});
  audit::Record record;
  record.operation = "PutObject";
  record.status = 200;
  record.duration_micros = 2000;
  record.bytes_in = 7;
  metrics.begin();
  metrics.begin();
  EXPECT_EQ(metrics.in_flight(), 2U);
  metrics.end(record);
  record.operation = "NeverHeardOf";
  record.status = 418;
  metrics.end(record);
  EXPECT_EQ(metrics.in_flight(), 0U);

  const auto text = metrics.text({{"muzn_x", "An x.", "gauge", 2.5}});
  for (const char* line : {"muzn_requests_total{operation=\"PutObject\",status=\"200\"} 1\n",
                           "muzn_requests_total{operation=\"unknown\",status=\"other\"} 1\n",
                           "muzn_request_seconds_bucket{operation=\"PutObject\",le=\"0.001\"} 0\n",
                           "muzn_request_seconds_bucket{operation=\"PutObject\",le=\"0.0025\"} 1\n",
                           "muzn_request_seconds_bucket{operation=\"PutObject\",le=\"+Inf\"} 1\n",
                           "muzn_request_seconds_count{operation=\"PutObject\"} 1\n",
                           "muzn_request_bytes_total{operation=\"PutObject\",direction=\"in\"} 7\n",
                           "# TYPE muzn_x gauge\nmuzn_x 2.5\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
  Gauge histogram{"muzn_h", "An h.", "histogram", 0.5};
  histogram.steps.steps.at(0) = 2;
  histogram.steps.steps.back() = 1;
  const auto more = metrics.text({histogram});
  for (const char* line : {"# TYPE muzn_h histogram\nmuzn_h_bucket{le=\"0.00025\"} 2\n",
                           "muzn_h_bucket{le=\"10\"} 2\n", "muzn_h_bucket{le=\"+Inf\"} 3\n",
                           "muzn_h_sum 0.5\n", "muzn_h_count 3\n"}) {
    EXPECT_NE(more.find(line), std::string::npos) << line << "\n" << more;
  }
  EXPECT_EQ(text.find("GetObject"), std::string::npos) << "operations never seen stay out";
}

TEST(Metrics, GaugesOfOneNameAreDescribedOnce) {
  const auto text = Metrics({}).text({{"muzn_up", "Up.", "gauge", 1, {}, "volume=\"0\""},
                                      {"muzn_up", "Up.", "gauge", 0, {}, "volume=\"1\""},
                                      {"muzn_x", "An x.", "gauge", 2}});
  EXPECT_NE(text.find("# TYPE muzn_up gauge\nmuzn_up{volume=\"0\"} 1\nmuzn_up{volume=\"1\"} 0\n"
                      "# HELP muzn_x An x.\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace muzn::server
