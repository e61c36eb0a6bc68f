// Counters, gauges and histograms in Prometheus' text format 0.0.4. Names and label values are fixed when a metric is
// made: nothing that comes from outside becomes a label, so the number of series is known and nobody's name is in it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"

namespace sealhall::api {

namespace detail {
/// One number, added to by many threads without waiting for each other: each has a cell of its own cache line.
class Cells {
 public:
  void add(std::uint64_t n) noexcept { cells_[slot()].value.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t sum() const noexcept;

 private:
  static constexpr std::size_t count = 8;  ///< more: memory a metric; fewer: threads meet
  struct alignas(64) Cell {
    std::atomic<std::uint64_t> value{0};
  };
  static std::size_t slot() noexcept;
  std::array<Cell, count> cells_;
};
}  // namespace detail

/// From any thread.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { cells_.add(n); }
  [[nodiscard]] std::uint64_t value() const noexcept { return cells_.sum(); }

 private:
  detail::Cells cells_;
};

/// Durations in buckets from 1 ms to 10 s. From any thread.
class Histogram {
 public:
  static constexpr std::array<std::int64_t, 13> bounds_us{1'000,     2'500,     5'000,     10'000,  25'000,
                                                          50'000,    100'000,   250'000,   500'000, 1'000'000,
                                                          2'500'000, 5'000'000, 10'000'000};
  void observe(Duration duration) noexcept;
  [[nodiscard]] std::uint64_t bucket(std::size_t i) const noexcept { return buckets_.at(i).sum(); }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_.sum(); }
  [[nodiscard]] std::uint64_t sum_us() const noexcept { return sum_us_.sum(); }

 private:
  std::array<detail::Cells, bounds_us.size()> buckets_;  ///< each: what is in it alone
  detail::Cells count_;
  detail::Cells sum_us_;
};

/// {{"area", "v2"}, {"status", "2xx"}}
using Labels = std::vector<std::pair<std::string, std::string>>;

/// All metrics of a process. What it gives lives as long as this; made before threads use it.
class Metrics {
 public:
  /// `name` without "sealhall_"; of one name all must have the same kind and help. Counters end in "_total".
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {});
  /// Asked when the text is made, on the thread that makes it.
  void gauge(std::string_view name, std::string_view help, std::function<double()> value, Labels labels = {});

  [[nodiscard]] std::string text() const;

 private:
  struct Series {
    std::string labels;  ///< `area="v2",status="2xx"`
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> gauge;
  };
  struct Family {
    std::string name;
    std::string help;
    std::string_view type;
    std::vector<std::unique_ptr<Series>> series;
  };
  Series& add(std::string_view name, std::string_view help, std::string_view type, const Labels& labels);
  std::vector<std::unique_ptr<Family>> families_;
};

/// What the API counts of requests: how many by area and kind of answer, and how long they took.
class RequestMetrics {
 public:
  explicit RequestMetrics(Metrics& metrics);
  void observe(std::string_view path, int status, Duration took) noexcept;

 private:
  static constexpr std::array<std::string_view, 4> areas{"v2", "api", "oauth", "other"};
  static constexpr std::array<std::string_view, 5> kinds{"1xx", "2xx", "3xx", "4xx", "5xx"};
  std::array<std::array<Counter*, kinds.size()>, areas.size()> requests_{};
  std::array<Histogram*, areas.size()> seconds_{};
};

}  // namespace sealhall::api
