#include "server/api/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/base/check.h"

namespace sealhall::api {
namespace {

std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == std::floor(value) && std::fabs(value) < 1e15) return std::to_string(static_cast<std::int64_t>(value));
  char text[40];
  return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.9g", value))};
}

void line(std::string& out, std::string_view name, std::string_view labels, const std::string& value) {
  out += name;
  if (!labels.empty()) out += "{" + std::string{labels} + "}";
  out += " " + value + "\n";
}

}  // namespace

namespace detail {

std::uint64_t Cells::sum() const noexcept {
  std::uint64_t out = 0;
  for (const Cell& cell : cells_) out += cell.value.load(std::memory_order_relaxed);
  return out;
}

std::size_t Cells::slot() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % count;
  return mine;
}

}  // namespace detail

void Histogram::observe(Duration duration) noexcept {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count()));
  const auto at =
      std::ranges::find_if(bounds_us, [&](std::int64_t bound) { return static_cast<std::int64_t>(us) <= bound; });
  if (at != bounds_us.end()) buckets_[static_cast<std::size_t>(at - bounds_us.begin())].add(1);
  count_.add(1);
  sum_us_.add(us);
}

Metrics::Series& Metrics::add(std::string_view name, std::string_view help, std::string_view type,
                              const Labels& labels) {
  const std::string full = "sealhall_" + std::string{name};
  auto found = std::ranges::find(families_, full, [](const auto& f) { return f->name; });
  if (found == families_.end()) {
    families_.push_back(std::make_unique<Family>(Family{full, std::string{help}, type, {}}));
    found = std::prev(families_.end());
  }
  SEALHALL_CHECK((*found)->type == type);
  std::string text;
  for (const auto& [key, value] : labels) text += (text.empty() ? "" : ",") + key + "=\"" + escaped(value, true) + "\"";
  for (const auto& other : (*found)->series) SEALHALL_CHECK(other->labels != text);
  return *(*found)->series.emplace_back(std::make_unique<Series>(Series{std::move(text), nullptr, nullptr, nullptr}));
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  Series& series = add(name, help, "counter", labels);
  series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, Labels labels) {
  Series& series = add(name, help, "histogram", labels);
  series.histogram = std::make_unique<Histogram>();
  return *series.histogram;
}

void Metrics::gauge(std::string_view name, std::string_view help, std::function<double()> value, Labels labels) {
  add(name, help, "gauge", labels).gauge = std::move(value);
}

std::string Metrics::text() const {
  std::string out;
  for (const auto& family : families_) {
    out += "# HELP " + family->name + " " + escaped(family->help, false) + "\n";
    out += "# TYPE " + family->name + " " + std::string{family->type} + "\n";
    for (const auto& series : family->series) {
      if (series->counter) line(out, family->name, series->labels, std::to_string(series->counter->value()));
      if (series->gauge) line(out, family->name, series->labels, number(series->gauge()));
      if (!series->histogram) continue;
      const std::string before = series->labels + (series->labels.empty() ? "" : ",");
      std::uint64_t until = 0;
      for (std::size_t i = 0; i < Histogram::bounds_us.size(); ++i) {
        until += series->histogram->bucket(i);
        line(out, family->name + "_bucket",
             before + "le=\"" + number(static_cast<double>(Histogram::bounds_us.at(i)) / 1e6) + "\"",
             std::to_string(until));
      }
      // The count is read last, so that no bucket is ever larger than it.
      const std::uint64_t count = std::max(until, series->histogram->count());
      line(out, family->name + "_bucket", before + "le=\"+Inf\"", std::to_string(count));
      line(out, family->name + "_sum", series->labels, number(static_cast<double>(series->histogram->sum_us()) / 1e6));
      line(out, family->name + "_count", series->labels, std::to_string(count));
    }
  }
  return out;
}

RequestMetrics::RequestMetrics(Metrics& metrics) {
  for (std::size_t a = 0; a < areas.size(); ++a) {
    const std::string area{areas.at(a)};
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      requests_.at(a).at(k) = &metrics.counter("http_requests_total", "Requests that were answered.",
                                               {{"area", area}, {"status", std::string{kinds.at(k)}}});
    }
    seconds_.at(a) = &metrics.histogram("http_request_seconds", "How long answers took.", {{"area", area}});
  }
}

void RequestMetrics::observe(std::string_view path, int status, Duration took) noexcept {
  const std::size_t area = path.starts_with("/v2/")      ? 0
                           : path.starts_with("/api/")   ? 1
                           : path.starts_with("/oauth/") ? 2
                                                         : 3;
  const auto kind = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
  requests_.at(area).at(kind)->add();
  seconds_.at(area)->observe(took);
}

}  // namespace sealhall::api
