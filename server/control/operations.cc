// Tested in operations_test.cc
// For whoever runs the machine: is it ready, and what does it do.
#include <limits>
#include <memory>
#include <utility>

#include "server/control/control.h"
#include "server/keys/backup_record.h"

namespace sealhall::control {
namespace shapes {

struct Readiness {
  std::string status;
};
BOOST_DESCRIBE_STRUCT(Readiness, (), (status))

}  // namespace shapes

namespace {

/// Without any name or address: everybody may ask.
std::string sentence_for(store::StoreError blobs) {
  switch (blobs) {
    case store::StoreError::full:
      return "The disk of the files has no room left.";
    case store::StoreError::unavailable:
      return "The place of the files does not answer.";
    case store::StoreError::denied:
      return "The S3 server does not take our keys.";
    case store::StoreError::not_found:
      return "The S3 server does not have the bucket.";
    default:
      return "The files cannot be written or read.";
  }
}

}  // namespace

/// A sentence about what is wrong with it; "" when nothing is. Nothing is written as long as all is well.
void Control::look_at_store(std::move_only_function<void(std::string)> said) {
  if (!engine_->trouble()) {
    return engine_->read({.sql = "SELECT 1"}, [said = std::move(said)](auto rows) mutable {
      said(rows ? "" : "The database does not answer.");
    });
  }
  engine_->probe(clock_.now(), [said = std::move(said)](auto written) mutable {
    if (written) return said("");
    said(written.error() == store::StoreError::full ? "The disk of the database has no room left."
                                                    : "The database cannot be written: the disk reports errors.");
  });
}

void Control::add_operations() {
  using api::Access;
  const auto number = [](auto value) { return static_cast<double>(value); };
  metrics_.gauge("media_workers", "Media workers that are here.",
                 [this, number] { return number(media_->status().size()); });
  metrics_.gauge("media_transports", "Transports of participants on all media workers.", [this, number] {
    double all = 0;
    for (const WorkerStatus& worker : media_->status()) all += number(worker.transports);
    return all;
  });
  metrics_.gauge("signalling_sessions", "Open signalling sockets.",
                 [this, number] { return number(signalling_->sessions()); });
  metrics_.gauge(
      "backup_age_seconds", "How old the last backup of the data folder is; infinite when there is none.", [this] {
        const auto backup = keys::last_backup(options_.data_directory);
        if (!backup) return std::numeric_limits<double>::infinity();
        return static_cast<double>(static_cast<std::int64_t>(clock_.now()) - static_cast<std::int64_t>(backup->at)) /
               1e6;
      });
  metrics_.gauge("remembered_callers", "Tokens whose meaning is remembered.",
                 [this, number] { return number(callers_.size()); });

  registry_->add({.method = "GET",
                  .path = "/metrics",
                  .tag = "Server",
                  .summary = "Counters and gauges for Prometheus",
                  .access = Access::permission(api::Permission::server, "server:read:metrics"),
                  .produces = "text/plain"},
                 [this](api::Call<>, api::Answer<api::Http> answer) {
                   auto response = io::HttpResponse::text(200, metrics_.text());
                   response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
                   answer(std::move(response));
                 });
  registry_->add({.method = "GET",
                  .path = "/readyz",
                  .tag = "Server",
                  .summary = "Whether the server is ready: the stores answer, a media worker is here",
                  .access = Access::anyone(),
                  .description = "200 when it can, 503 when not; `errors` name what is missing: store (the database), "
                                 "blobs (files or S3, as they were found at the last of the tries that are made every "
                                 "15 seconds), media."},
                 [this](api::Call<>, api::Answer<shapes::Readiness> answer) {
                   look_at_store([this, answer = std::move(answer)](std::string trouble) mutable {
                     ApiError missing{503, "This server is not ready."};
                     if (!trouble.empty()) missing.errors.push_back({"store", std::move(trouble)});
                     if (const auto blobs = blob_watch_->trouble()) {
                       missing.errors.push_back({"blobs", sentence_for(*blobs)});
                     }
                     if (media_->status().empty()) missing.errors.push_back({"media", "No media worker is here."});
                     if (!missing.errors.empty()) return answer(missing);
                     answer(shapes::Readiness{"ready"});
                   });
                 });
}

void Control::add_console() {
  console_ = std::make_unique<Console>(
      *registry_,
      Console::Parts{.loop = loop_,
                     .engine = *engine_,
                     .clock = clock_,
                     .accounts = people_->accounts(),
                     .keys = *key_admin_,
                     .kms = *kms_,
                     .media = *media_,
                     .meetings = *meetings_,
                     .recording = *recording_,
                     .data_directory = options_.data_directory,
                     .public_url = options_.public_url,
                     .database = options_.database.starts_with("postgres") || options_.database.starts_with("file:")
                                     ? "PostgreSQL"
                                     : "SQLite",
                     .blobs = options_.blobs.s3_endpoint.empty() ? "files" : "S3",
                     .mail = options_.people.smtp.has_value(),
                     .certificate_not_after = [this] { return tls_->not_after(); }});
}

}  // namespace sealhall::control
