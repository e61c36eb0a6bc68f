// A small SMTP server (RFC 5321) in the test's own loop: implicit TLS, STARTTLS or clear text, with answers that the
// test may change, and everything it received.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/base/encoding.h"
#include "io/ca/local_ca.h"
#include "io/net/tcp.h"
#include "io/tls/stream.h"

namespace sealhall::testing {

class SmtpServer {
 public:
  enum class Security : std::uint8_t { tls, starttls, clear };
  struct Received {
    std::string from;
    std::string to;
    std::string text;  ///< with "\r\n", dots unstuffed
    bool encrypted = false;
    std::string credentials;  ///< what AUTH PLAIN carried, decoded, zero bytes as '|'
  };

  SmtpServer(io::Loop& loop, Security security, const io::CertificateFiles* certificate = nullptr)
      : loop_(loop), security_(security) {
    if (certificate != nullptr) {
      auto context = io::TlsServerContext::load(*certificate);
      REQUIRE(context.has_value());
      context_ = std::move(*context);
    }
    auto listener = io::TcpListener::listen(loop, {"127.0.0.1", 0}, {}, [this](std::shared_ptr<io::Stream> stream) {
      ++connections;
      sessions_.push_back(std::make_unique<Session>(*this));
      sessions_.back()->start(std::move(stream));
    });
    REQUIRE(listener.has_value());
    listener_ = std::move(*listener);
  }
  ~SmtpServer() { listener_.reset(); }
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return listener_->local().port; }
  [[nodiscard]] std::string url() const {
    return (security_ == Security::tls ? "smtps://localhost:" : "smtp://localhost:") + std::to_string(port());
  }

  std::vector<Received> received;
  int connections = 0;
  /// Given a command ("RCPT TO:<a@b>", or "." for the end of the data) it may return a reply instead of the usual one;
  /// "hang up" closes.
  std::function<std::string(const std::string&)> answer;

 private:
  struct Session final : io::StreamHandler {
    explicit Session(SmtpServer& s) : server(s) {}
    ~Session() {
      if (stream) stream->abort();
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    SmtpServer& server;
    std::shared_ptr<io::Stream> stream;
    std::string buffer;
    bool in_data = false;
    bool wait_for_credentials = false;
    Received mail;

    void start(std::shared_ptr<io::Stream> raw) {
      if (server.security_ == Security::tls) return encrypt(std::move(raw), true);
      stream = std::move(raw);
      stream->set_handler(this);
      say("220 localhost ready");
    }
    void encrypt(std::shared_ptr<io::Stream> raw, bool greet) {
      raw->set_handler(nullptr);
      io::accept_tls(server.loop_, std::move(raw), *server.context_, std::chrono::seconds{5}, [this, greet](auto tls) {
        if (!tls) return;  // the client does not trust us
        stream = std::move(*tls);
        mail.encrypted = true;
        stream->set_handler(this);
        if (greet) say("220 localhost ready");
      });
    }
    void say(const std::string& line) { stream->write(as_bytes(line + "\r\n")); }
    void on_closed(const io::Failure&) override { stream.reset(); }
    void on_data(ByteView data) override {
      buffer += as_text(data);
      for (std::size_t end = 0; stream && (end = buffer.find("\r\n")) != std::string::npos;) {
        const std::string line = buffer.substr(0, end);
        buffer.erase(0, end + 2);
        in_data ? on_text(line) : on_command(line);
      }
    }
    void on_text(const std::string& line) {
      if (line != ".") {
        mail.text += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
        return;
      }
      in_data = false;
      if (other_answer(".")) return;
      server.received.push_back(mail);
      say("250 taken");
    }
    bool other_answer(const std::string& command) {
      const std::string other = server.answer ? server.answer(command) : std::string{};
      if (other.empty()) return false;
      if (other == "hang up") {
        stream->abort();
        stream.reset();
      } else {
        say(other);
      }
      return true;
    }
    void on_command(const std::string& line) {
      if (wait_for_credentials) return credentials(line);
      if (other_answer(line)) return;
      if (line.starts_with("EHLO")) {
        const bool offer = server.security_ == Security::starttls && !mail.encrypted;
        say("250-localhost");
        if (offer) say("250-STARTTLS");
        if (mail.encrypted) say("250-AUTH PLAIN");
        return say("250 8BITMIME");
      }
      if (line == "STARTTLS") {
        say("220 go on");
        return encrypt(std::move(stream), false);
      }
      if (line == "AUTH PLAIN") {
        wait_for_credentials = true;
        return say("334 ");
      }
      if (line.starts_with("AUTH PLAIN ")) return credentials(line.substr(11));
      if (line.starts_with("MAIL FROM:")) mail.from = line.substr(10);
      if (line.starts_with("RCPT TO:")) mail.to = line.substr(8);
      if (line == "DATA") {
        in_data = true;
        mail.text.clear();
        return say("354 go on");
      }
      if (line == "QUIT") {
        say("221 bye");
        return stream->close();
      }
      say("250 fine");
    }
    void credentials(const std::string& text) {
      wait_for_credentials = false;
      const auto bytes = from_base64(text);
      mail.credentials = bytes ? std::string{as_text(*bytes)} : "not base64";
      for (char& c : mail.credentials) c = c == '\0' ? '|' : c;
      say("235 welcome");
    }
  };

  io::Loop& loop_;
  Security security_;
  std::unique_ptr<io::TlsServerContext> context_;
  std::list<std::unique_ptr<Session>> sessions_;
  std::unique_ptr<io::TcpListener> listener_;
};

}  // namespace sealhall::testing
