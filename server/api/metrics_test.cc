#include "server/api/metrics.h"

#include <doctest/doctest.h>

#include <limits>
#include <thread>

using namespace sealhall;
using namespace sealhall::api;
using namespace std::chrono_literals;

TEST_CASE("metrics: the text format, with cumulative buckets") {
  Metrics metrics;
  metrics.counter("a_total", "How many\na.", {{"kind", "x\"y\\z"}}).add(3);
  metrics.counter("a_total", "How many\na.", {{"kind", "other"}});
  metrics.gauge("b", "B.", [] { return 1.5; });
  metrics.gauge("never", "Never.", [] { return std::numeric_limits<double>::infinity(); });
  Histogram& h = metrics.histogram("c_seconds", "C.");
  h.observe(1ms);
  h.observe(3ms);
  h.observe(20s);
  h.observe(-1ms);
  const std::string text = metrics.text();
  CHECK(
      text.starts_with("# HELP sealhall_a_total How many\\na.\n# TYPE sealhall_a_total counter\n"
                       "sealhall_a_total{kind=\"x\\\"y\\\\z\"} 3\nsealhall_a_total{kind=\"other\"} 0\n"
                       "# HELP sealhall_b B.\n# TYPE sealhall_b gauge\nsealhall_b 1.5\n"
                       "# HELP sealhall_never Never.\n# TYPE sealhall_never gauge\nsealhall_never +Inf\n"));
  CHECK(text.find("sealhall_c_seconds_bucket{le=\"0.001\"} 2\n") != std::string::npos);
  CHECK(text.find("sealhall_c_seconds_bucket{le=\"0.0025\"} 2\n") != std::string::npos);
  CHECK(text.find("sealhall_c_seconds_bucket{le=\"0.005\"} 3\n") != std::string::npos);
  CHECK(text.find("sealhall_c_seconds_bucket{le=\"10\"} 3\n") != std::string::npos);
  CHECK(text.find(
            "sealhall_c_seconds_bucket{le=\"+Inf\"} 4\nsealhall_c_seconds_sum 20.004\nsealhall_c_seconds_count 4\n") !=
        std::string::npos);
}

TEST_CASE("metrics: threads count without losing any") {
  Metrics metrics;
  Counter& counter = metrics.counter("n_total", "N.");
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) counter.add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(counter.value() == 120'000);
}

TEST_CASE("metrics: requests are counted by area and kind, whatever the path says") {
  Metrics metrics;
  RequestMetrics requests{metrics};
  requests.observe("/v2/users/ada@example.org", 200, 1ms);
  requests.observe("/v2/x", 404, 1ms);
  requests.observe("/\"}\n", 999, 1ms);
  const std::string text = metrics.text();
  CHECK(text.find("sealhall_http_requests_total{area=\"v2\",status=\"2xx\"} 1\n") != std::string::npos);
  CHECK(text.find("sealhall_http_requests_total{area=\"v2\",status=\"4xx\"} 1\n") != std::string::npos);
  CHECK(text.find("sealhall_http_requests_total{area=\"other\",status=\"5xx\"} 1\n") != std::string::npos);
  CHECK(text.find("ada") == std::string::npos);
}
