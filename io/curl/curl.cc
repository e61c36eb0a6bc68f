#include "io/curl/curl.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "core/base/ascii.h"
#include "core/base/check.h"
#include "io/net/system.h"

namespace sealhall::io {
namespace {

/// libcurl's state of the process, made once and never taken down.
void prepare_libcurl() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  SEALHALL_CHECK(ready);
}

bool one_line(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

FetchErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return FetchErrorKind::bad_url;
    case CURLE_OPERATION_TIMEDOUT:
      return FetchErrorKind::timeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
      return FetchErrorKind::unreachable;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
      return FetchErrorKind::untrusted;
    case CURLE_LOGIN_DENIED:
      return FetchErrorKind::refused;
    default:
      return FetchErrorKind::failed;
  }
}

}  // namespace

std::string_view HttpFetched::header(std::string_view name) const noexcept {
  const auto found = std::ranges::find(headers, name, [](const auto& line) { return std::string_view{line.first}; });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

class Curl::Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(Loop& loop, std::size_t max_at_once) : loop_(loop), max_at_once_(max_at_once), multi_(curl_multi_init()) {
    SEALHALL_CHECK(multi_ != nullptr);
  }
  ~Worker() { curl_multi_cleanup(multi_); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start() {
    thread_ = std::thread{[this] { run(); }};
  }
  /// Nothing is called back after this.
  void stop() {
    open_ = false;
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    thread_.join();
    waiting_.clear();
  }

  struct Job;
  void add(std::unique_ptr<Job> job);
  void refuse(std::unique_ptr<Job> job, FetchError error);

 private:
  void run();
  void take_waiting();
  void finish(CURL* easy, CURLcode code);
  void report(std::unique_ptr<Job> job, expected<HttpFetched, FetchError> result);

  Loop& loop_;
  std::size_t max_at_once_;
  CURLM* multi_;
  std::thread thread_;
  std::mutex mutex_;
  std::deque<std::unique_ptr<Job>> waiting_;                 ///< guarded by mutex_
  bool stopping_ = false;                                    ///< guarded by mutex_
  std::unordered_map<CURL*, std::unique_ptr<Job>> running_;  ///< the thread's own
  bool open_ = true;                                         ///< the loop's own: whoever asked is still there
};

struct Curl::Worker::Job {
  HttpFetch http;
  SmtpSend mail;
  bool is_mail = false;
  std::move_only_function<void(expected<HttpFetched, FetchError>)> done;

  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  curl_slist* recipients = nullptr;
  std::array<char, CURL_ERROR_SIZE> words{};
  HttpFetched result;
  std::size_t received = 0;
  std::size_t sent = 0;  ///< of the mail's text
  bool too_large = false;
  bool not_allowed = false;
  std::shared_ptr<std::function<void(ByteView)>> on_body;
  std::weak_ptr<Worker> worker;
  Loop* loop = nullptr;

  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    curl_slist_free_all(recipients);
  }

  template <class T>
  void set(CURLoption option, T value) {
    SEALHALL_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
  }
  void set_common(const std::string& url, const std::string& ca_file, Duration timeout);
  void prepare_http();
  void prepare_mail();

  static std::size_t write(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t read(char* out, std::size_t, std::size_t room, void* self);
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address);
};

std::size_t Curl::Worker::Job::write(char* data, std::size_t, std::size_t size, void* self) {
  Job& job = *static_cast<Job*>(self);
  if (job.is_mail) return size;
  job.received += size;
  if (job.received > job.http.max_response) {
    job.too_large = true;
    return 0;
  }
  const ByteView piece{reinterpret_cast<const std::uint8_t*>(data), size};
  if (!job.on_body) {
    append(job.result.body, piece);
    return size;
  }
  job.loop->post([on_body = job.on_body, worker = job.worker, bytes = Bytes(piece.begin(), piece.end())] {
    if (const auto alive = worker.lock(); alive && alive->open_) (*on_body)(bytes);
  });
  return size;
}

std::size_t Curl::Worker::Job::header(char* data, std::size_t, std::size_t size, void* self) {
  constexpr std::size_t max_headers = 200;
  Job& job = *static_cast<Job*>(self);
  std::string_view line{data, size};
  if (line.starts_with("HTTP/")) {  // of the final response; those of interim ones before it are forgotten
    job.result.headers.clear();
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  if (job.result.headers.size() >= max_headers) return 0;
  std::string name = ascii_lower(line.substr(0, colon));
  line.remove_prefix(colon + 1);
  constexpr std::string_view space = " \t\r\n";
  const std::size_t from = line.find_first_not_of(space);
  line =
      from == std::string_view::npos ? std::string_view{} : line.substr(from, line.find_last_not_of(space) - from + 1);
  job.result.headers.emplace_back(std::move(name), std::string{line});
  return size;
}

std::size_t Curl::Worker::Job::read(char* out, std::size_t, std::size_t room, void* self) {
  Job& job = *static_cast<Job*>(self);
  const std::size_t n = std::min(room, job.mail.message.size() - job.sent);
  std::memcpy(out, job.mail.message.data() + job.sent, n);
  job.sent += n;
  return n;
}

curl_socket_t Curl::Worker::Job::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  Job& job = *static_cast<Job*>(self);
  if (job.http.reach == Reach::public_only && !is_public_address(endpoint_from_sockaddr(&address->addr).address)) {
    job.not_allowed = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void Curl::Worker::Job::set_common(const std::string& url, const std::string& ca_file, Duration timeout) {
  easy = curl_easy_init();
  SEALHALL_CHECK(easy != nullptr);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // the environment does not decide where secrets go
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) {
    set(CURLOPT_CAINFO, ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, to_millis(timeout))));
  set(CURLOPT_ERRORBUFFER, words.data());
  set(CURLOPT_WRITEFUNCTION, &Job::write);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, &Job::open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
}

void Curl::Worker::Job::prepare_http() {
  set_common(http.url, http.ca_file, http.timeout);
  set(CURLOPT_PROTOCOLS_STR, http.allow_clear_text ? "http,https" : "https");
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, to_millis(http.connect_timeout))));
  set(CURLOPT_HEADERFUNCTION, &Job::header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  // A connection that was opened without the check must not serve a request that needs it.
  if (http.reach == Reach::public_only) set(CURLOPT_FRESH_CONNECT, 1L);
  if (http.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (http.method == "POST" || http.method == "PUT" || http.method == "PATCH" || !http.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(http.body.size()));
    set(CURLOPT_POSTFIELDS, http.body.empty() ? "" : reinterpret_cast<const char*>(http.body.data()));
    set(CURLOPT_CUSTOMREQUEST, http.method.c_str());
  } else {
    set(CURLOPT_HTTPGET, 1L);
    set(CURLOPT_CUSTOMREQUEST, http.method.c_str());
  }
  bool has_type = false;
  const auto add_header = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers, line.c_str());
    SEALHALL_CHECK(longer != nullptr);
    headers = longer;
  };
  for (const auto& [name, value] : http.headers) {
    has_type = has_type || ascii_lower(name) == "content-type";
    add_header(value.empty() ? name + ";" : name + ": " + value);
  }
  // libcurl 7.88 signs headers that it is told to leave out, and then leaves them out.
  if (!http.sigv4) {
    if (!has_type) add_header("Content-Type:");  // libcurl's own would claim a form
    add_header("Expect:");                       // no round trip before the body
  }
  if (headers != nullptr) set(CURLOPT_HTTPHEADER, headers);
  if (http.sigv4) {
    set(CURLOPT_AWS_SIGV4, ("aws:amz:" + http.sigv4->region + ":" + http.sigv4->service).c_str());
    set(CURLOPT_USERNAME, http.sigv4->access_key.c_str());
    set(CURLOPT_PASSWORD, http.sigv4->secret_key.c_str());
  }
  if (http.on_body) on_body = std::make_shared<std::function<void(ByteView)>>(std::move(http.on_body));
}

void Curl::Worker::Job::prepare_mail() {
  set_common(mail.url, mail.ca_file, mail.timeout);
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_USE_SSL, static_cast<long>(mail.allow_clear_text ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  set(CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
  recipients = curl_slist_append(nullptr, ("<" + mail.to + ">").c_str());
  SEALHALL_CHECK(recipients != nullptr);
  set(CURLOPT_MAIL_RCPT, recipients);
  if (!mail.user.empty()) {
    set(CURLOPT_USERNAME, mail.user.c_str());
    set(CURLOPT_PASSWORD, mail.password.c_str());
  }
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &Job::read);
  set(CURLOPT_READDATA, static_cast<void*>(this));
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.message.size()));
}

void Curl::Worker::add(std::unique_ptr<Job> job) {
  job->worker = weak_from_this();
  job->loop = &loop_;
  {
    const std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(job));
  }
  curl_multi_wakeup(multi_);
}

void Curl::Worker::refuse(std::unique_ptr<Job> job, FetchError error) {
  report(std::move(job), unexpected(std::move(error)));
}

void Curl::Worker::report(std::unique_ptr<Job> job, expected<HttpFetched, FetchError> result) {
  loop_.post([worker = weak_from_this(), done = std::move(job->done), result = std::move(result)]() mutable {
    if (const auto alive = worker.lock(); alive && alive->open_) done(std::move(result));
  });
}

void Curl::Worker::take_waiting() {
  const std::lock_guard lock{mutex_};
  while (!waiting_.empty() && running_.size() < max_at_once_) {
    std::unique_ptr<Job> job = std::move(waiting_.front());
    waiting_.pop_front();
    job->is_mail ? job->prepare_mail() : job->prepare_http();
    CURL* easy = job->easy;
    SEALHALL_CHECK(curl_multi_add_handle(multi_, easy) == CURLM_OK);
    running_.emplace(easy, std::move(job));
  }
}

void Curl::Worker::run() {
  constexpr int longest_sleep_ms = 60'000;  // it is woken for what is new; libcurl shortens it for its own deadlines
  for (;;) {
    {
      const std::lock_guard lock{mutex_};
      if (stopping_) break;
    }
    take_waiting();
    int still_running = 0;
    SEALHALL_CHECK(curl_multi_perform(multi_, &still_running) == CURLM_OK);
    bool any_done = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      any_done = true;
      finish(message->easy_handle, message->data.result);
    }
    if (any_done) continue;  // there may be room for what waits
    SEALHALL_CHECK(curl_multi_poll(multi_, nullptr, 0, longest_sleep_ms, nullptr) == CURLM_OK);
  }
  for (auto& [easy, job] : running_) curl_multi_remove_handle(multi_, easy);
  running_.clear();
}

void Curl::Worker::finish(CURL* easy, CURLcode code) {
  auto node = running_.extract(easy);
  SEALHALL_CHECK(!node.empty());
  std::unique_ptr<Job> job = std::move(node.mapped());
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(multi_, easy);
  if (code == CURLE_OK) {
    job->result.status = static_cast<int>(status);
    HttpFetched result = std::move(job->result);
    return report(std::move(job), std::move(result));
  }
  long request_bytes = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
  FetchError error{kind_of(code), static_cast<int>(status), job->words.data(), request_bytes > 0};
  if (error.reason.empty()) error.reason = curl_easy_strerror(code);
  if (job->too_large) error.kind = FetchErrorKind::too_large;
  if (job->not_allowed) error.kind = FetchErrorKind::not_allowed;
  // SMTP: a reply that says no ends the transfer with a code that says little; the reply says more.
  const bool said_no = job->is_mail && status >= 400 && error.kind != FetchErrorKind::untrusted;
  if (said_no) error.kind = FetchErrorKind::refused;
  report(std::move(job), unexpected(std::move(error)));
}

Curl::Curl(Loop& loop, std::size_t max_at_once) {
  prepare_libcurl();
  worker_ = std::make_shared<Worker>(loop, max_at_once);
  worker_->start();
}

Curl::~Curl() { worker_->stop(); }

void Curl::fetch(HttpFetch request, std::move_only_function<void(expected<HttpFetched, FetchError>)> done) {
  auto job = std::make_unique<Worker::Job>();
  job->done = std::move(done);
  constexpr std::size_t max_url = 8 * 1024;
  const bool fine = request.url.size() <= max_url && one_line(request.url) && one_line(request.method) &&
                    !request.method.empty() && std::ranges::all_of(request.headers, [](const auto& h) {
                      return !h.first.empty() && one_line(h.first) && one_line(h.second);
                    });
  job->http = std::move(request);
  if (!fine)
    return worker_->refuse(std::move(job), {FetchErrorKind::bad_url, 0, "a line break where none may be", false});
  worker_->add(std::move(job));
}

void Curl::send_mail(SmtpSend mail, std::move_only_function<void(expected<void, FetchError>)> done) {
  auto job = std::make_unique<Worker::Job>();
  job->is_mail = true;
  job->done = [done = std::move(done)](expected<HttpFetched, FetchError> result) mutable {
    if (!result) return done(unexpected(std::move(result.error())));
    done({});
  };
  const auto plain = [](const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c != '<' && c != '>' && c != 0x7F; });
  };
  const bool fine = one_line(mail.url) && plain(mail.from) && plain(mail.to) && !mail.to.empty();
  job->mail = std::move(mail);
  if (!fine) return worker_->refuse(std::move(job), {FetchErrorKind::bad_url, 0, "not an address", false});
  worker_->add(std::move(job));
}

}  // namespace sealhall::io
