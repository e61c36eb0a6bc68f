#include "io/http/client.h"

#include <deque>
#include <utility>

#include "io/http/response_parser.h"
#include "io/net/timer.h"
#include "io/tls/stream.h"

namespace sealhall::io {

struct HttpClient::State final : StreamHandler, std::enable_shared_from_this<HttpClient::State> {
  struct Job {
    HttpClientRequest request;
    OnHttpResponse done;
  };

  State(Loop& l, const TlsClientContext& c, std::string h, std::uint16_t p, Duration m)
      : loop(l), context(c), host(std::move(h)), port(p), limit(m), timer(l) {}

  void begin() {
    if (busy || jobs.empty() || gone) return;
    busy = true;
    retried = false;
    timer.after(limit, [weak = weak_from_this()] {
      if (const auto self = weak.lock())
        self->finish(unexpected(Failure{NetError::timeout, self->host + " did not answer in time."}));
    });
    if (stream) return send();
    connect();
  }

  void connect() {
    reused = false;
    attempt = connect_tls(loop, {host, port}, context, limit, [weak = weak_from_this()](auto result) {
      const auto self = weak.lock();
      if (!self || self->gone) return;
      if (!result) return self->finish(unexpected(result.error()));
      self->stream = std::move(*result);
      self->stream->set_handler(self.get());
      self->send();
    });
  }

  void send() {
    const HttpClientRequest& request = jobs.front().request;
    Url self_url{"https", host, port, {}, {}};
    std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + self_url.host_header() + "\r\n";
    for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
    if (!request.headers.find("User-Agent")) text += "User-Agent: sealhall\r\n";
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
      text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    text += "\r\n" + request.body;
    parser.emplace(request.method == "HEAD");
    answered = false;
    stream->write(as_bytes(text));
  }

  void on_data(ByteView data) override {
    const auto self = shared_from_this();
    if (!busy || !parser) return drop();  // bytes that belong to no request: the server is confused
    answered = true;
    const auto progress = parser->feed(data);
    if (!progress) {
      drop();
      const bool large = progress.error() == HttpResponseError::too_large;
      return finish(unexpected(Failure{
          NetError::protocol, large ? host + " answered with more than fits." : host + " does not answer in HTTP."}));
    }
    if (!progress->done) return;
    if (!parser->keep_alive() || progress->consumed < data.size()) drop();
    reused = true;
    finish(std::move(parser->response()));
  }

  void on_closed(const Failure& why) override {
    const auto self = shared_from_this();
    stream.reset();
    if (!busy) return;
    // A kept connection may have been closed by the server in the moment in which we used it again.
    if (reused && !answered && !retried) {
      retried = true;
      return connect();
    }
    if (answered && why.kind == NetError::none && parser && parser->end()) return finish(std::move(parser->response()));
    finish(unexpected(Failure{why.kind == NetError::none ? NetError::reset : why.kind,
                              host + " closed the connection before its answer was whole."}));
  }

  void drop() {
    if (stream) stream->abort();
    stream.reset();
  }

  void finish(expected<HttpResponse, Failure> result) {
    if (!busy) return;
    const auto self = shared_from_this();
    busy = false;
    timer.cancel();
    attempt.reset();
    if (!result) drop();
    OnHttpResponse done = std::move(jobs.front().done);
    jobs.pop_front();
    done(std::move(result));
    parser.reset();
    begin();
  }

  Loop& loop;
  const TlsClientContext& context;
  std::string host;
  std::uint16_t port;
  Duration limit;
  Timer timer;
  std::deque<Job> jobs;
  std::shared_ptr<TlsStream> stream;
  std::shared_ptr<TlsConnectAttempt> attempt;
  std::optional<HttpResponseParser> parser;
  bool busy = false;
  bool reused = false;
  bool retried = false;
  bool answered = false;
  bool gone = false;
};

HttpClient::HttpClient(Loop& loop, const TlsClientContext& context, std::string host, std::uint16_t port,
                       Duration limit)
    : state_(std::make_shared<State>(loop, context, std::move(host), port, limit)) {}

HttpClient::~HttpClient() {
  state_->gone = true;
  state_->busy = false;
  state_->timer.cancel();
  state_->attempt.reset();
  state_->drop();
  // Callbacks may hold this object's owner; one of them may be running now.
  state_->loop.post([state = state_] { state->jobs.clear(); });
}

void HttpClient::send(HttpClientRequest request, OnHttpResponse done) {
  state_->jobs.push_back({std::move(request), std::move(done)});
  state_->loop.post([weak = std::weak_ptr<State>(state_)] {
    if (const auto state = weak.lock()) state->begin();
  });
}

}  // namespace sealhall::io
