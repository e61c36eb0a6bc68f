// Tested in s3_blobs_test.cc
#include "store/open_blobs.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "io/files/files.h"
#include "io/log/log.h"
#include "io/net/timer.h"
#include "store/file_blobs.h"
#include "store/s3_blobs.h"

namespace sealhall::store {
namespace {

/// The value that "file:PATH" or "env:NAME" leads to; other text is the value itself.
expected<std::string, std::string> resolve(const char* setting, const std::string& text) {
  if (text.starts_with("env:")) {
    const char* value = std::getenv(text.substr(4).c_str());
    if (value == nullptr || *value == '\0') {
      return unexpected(std::string{setting} + ": there is no variable " + text.substr(4) + " in the environment.");
    }
    return std::string{value};
  }
  if (!text.starts_with("file:")) return text;
  const auto content = io::read_file(text.substr(5), 4096);
  if (!content) return unexpected(std::string{setting} + ": " + content.error().reason);
  std::string line{as_text(*content)};
  line.erase(std::min(line.find_first_of("\r\n"), line.size()));
  return line;
}

std::string day_before(UnixMicros now) {
  const std::chrono::sys_time<std::chrono::seconds> then{
      std::chrono::seconds{static_cast<std::int64_t>(now) / 1'000'000} - std::chrono::hours{24}};
  const auto day = std::chrono::floor<std::chrono::days>(then);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{then - day};
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return out.data();
}

}  // namespace

expected<std::optional<S3Place>, std::string> s3_place(const BlobSettings& settings) {
  if (settings.s3_endpoint.empty()) {
    BlobSettings none;
    none.s3_region = settings.s3_region;
    if (settings != none)
      return unexpected("s3_endpoint is missing; the other s3_ settings have no effect without it.");
    return std::optional<S3Place>{};
  }
  if (!settings.s3_secret_key.starts_with("file:") && !settings.s3_secret_key.starts_with("env:")) {
    return unexpected("s3_secret_key must be file:PATH or env:NAME, so that nobody sees it in a list of processes.");
  }
  auto access = resolve("s3_access_key", settings.s3_access_key);
  if (!access) return unexpected(access.error());
  auto secret = resolve("s3_secret_key", settings.s3_secret_key);
  if (!secret) return unexpected(secret.error());
  S3Place place{settings.s3_endpoint, settings.s3_bucket, settings.s3_region, std::move(*access),
                std::move(*secret),   settings.s3_prefix, settings.s3_ca};
  while (place.endpoint.ends_with('/')) place.endpoint.pop_back();
  if (std::string problem = problem_of(place); !problem.empty()) return unexpected(std::move(problem));
  if (!place.ca_file.empty() && !io::file_exists(place.ca_file)) {
    return unexpected("s3_ca: there is no file " + place.ca_file + ".");
  }
  return std::optional{std::move(place)};
}

expected<std::unique_ptr<Blobs>, std::string> open_blobs(io::Loop& loop, const BlobSettings& settings,
                                                         const std::string& folder, UnixMicros now) {
  auto place = s3_place(settings);
  if (!place) return unexpected(place.error());
  if (!*place) {
    auto files = FileBlobs::open(loop, folder);
    if (!files)
      return unexpected("The folder " + folder + " cannot be used (" + std::string{name_of(files.error())} + ").");
    return std::move(*files);
  }
  auto blobs = std::make_unique<S3Blobs>(loop, std::move(**place));
  blobs->tidy(day_before(now), [](auto gone) {
    if (!gone)
      return io::log::warning("the S3 server does not answer as it should; blobs wait for it",
                              {{"reason", name_of(gone.error())}});
    if (*gone > 0) io::log::info("parts of blobs that nobody finished are taken away", {{"blobs", *gone}});
  });
  return blobs;
}

std::string try_s3(const S3Place& place) {
  io::Loop loop;
  io::Timer awake{loop};
  awake.after(std::chrono::minutes{1}, [] {});
  S3Blobs blobs{loop, place, {.tries = 1, .timeout = std::chrono::seconds{10}}};
  std::optional<expected<void, StoreError>> answer;
  blobs.check([&](auto result) { answer = result; });
  loop.run_until([&] { return answer.has_value(); }, std::chrono::seconds{15});
  const StoreError error = !answer ? StoreError::unavailable : *answer ? StoreError::stopped : answer->error();
  switch (error) {
    case StoreError::stopped:
      return {};
    case StoreError::denied:
      return "The S3 server does not take these keys for the bucket " + place.bucket +
             ". Are s3_access_key, s3_secret_key and s3_region right, and is this machine's clock?";
    case StoreError::not_found:
      return "The S3 server has no bucket " + place.bucket + ". Make it, or set s3_bucket to another.";
    case StoreError::unavailable:
      return "The S3 server " + place.endpoint + " does not answer.";
    default:
      return "The S3 server " + place.endpoint + " does not answer as one should. Is s3_endpoint right, and s3_ca?";
  }
}

}  // namespace sealhall::store
